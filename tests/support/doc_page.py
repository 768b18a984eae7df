# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One page of the documentation from its first block to its last."""

from __future__ import annotations

from pathlib import Path

import yaml
from support.doc_blocks import Block, blocks
from support.doc_recipes import HOSTS, RECIPES, hosts, prepare
from support.doc_scene import INVENTORY, Recipe, Scene, execute
from support.fetched import skip

from wsus_simulator import Simulator


def execute_page(page: str, folder: Path) -> None:
    """Fails at the first block that does not do what the page says, or that no recipe takes."""
    found = blocks(page)
    recipes = dict(RECIPES.get(page, {}))
    known = hosts()
    with Simulator({name: known[name] for name in HOSTS.get(page, [])}) as simulator:
        (folder / INVENTORY).write_text(yaml.safe_dump(simulator.inventory()))
        scene = Scene(folder, simulator, list(simulator.hosts))
        prepare(page, folder)
        for number, block in enumerate(found):
            later = "\n".join(one.text for one in found[number + 1 :])
            try:
                execute(scene, block, taken(recipes, block), later)
            except AssertionError as problem:
                raise AssertionError(f"{block.place}: {block.first}\n{problem}") from None
    assert not recipes, f"recipes for blocks that are not there: {sorted(recipes)}"
    if scene.unable:
        skip("; ".join(scene.unable))


def taken(recipes: dict[str, Recipe], block: Block) -> Recipe | None:
    """The recipe of this first line, or of what it begins with, as the time in a log. Each is for one block."""
    found = max((key for key in recipes if block.first.startswith(key)), key=len, default=None)
    return None if found is None else recipes.pop(found)
