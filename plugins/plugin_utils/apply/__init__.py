# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What came back from wsus_apply, and what it leaves behind (docs/reference/apply.md). Pure, and never trusting a host.

The parts are imported by their names: the facts need the journal alone.
"""
