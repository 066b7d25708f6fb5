"""The product says of a client that its settings are run by it exactly where a test of the clients tier does so."""

from __future__ import annotations

from emitted_runs import RUNS

from vxsetup.catalog import CatalogueProblem, load_catalogue
from vxsetup.clients import shipped_targets


def test_the_table_says_run_of_what_is_run() -> None:
    catalogue = load_catalogue()
    assert not isinstance(catalogue, CatalogueProblem)
    said = {target.name for target in shipped_targets(catalogue.sources).every if target.run}
    assert said == set(RUNS)
