# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an endpoint accepts today, measured from the controller (docs/reference/endpoint.md).

Beside the way of the data, not on it: this is no fact of a host and no evidence about one, but what may stand in place
of a row of ``facts/tables/endpoints.yml`` (``Measurement.as_list``). ``scan.py`` asks the server, ``measure.py`` starts
and bounds that; all else here is pure.
"""
