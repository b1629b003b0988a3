"""Turns a recorded step of one weight into a report, for every optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import optim
from torch.optim import Optimizer

from workbench.core.inspection import StepReport, Term
from workbench.core.optimizers import OPTIMIZERS
from workbench.engine.inspection.adafactor import explain_adafactor
from workbench.engine.inspection.adam import (
    explain_adam,
    explain_adamax,
    explain_nadam,
    explain_radam,
)
from workbench.engine.inspection.adaptive import (
    explain_adadelta,
    explain_adagrad,
    explain_rmsprop,
)
from workbench.engine.inspection.capture import (
    Capture,
    inner_iterations,
    last_direction,
    orthogonalised,
    state,
)
from workbench.engine.inspection.gradient import (
    explain_asgd,
    explain_rprop,
    explain_sgd,
)
from workbench.engine.inspection.records import Pull, TensorStep, Weight
from workbench.engine.inspection.whole import explain_lbfgs, explain_muon


@dataclass(frozen=True)
class Recipe:
    """How the steps of one optimizer are captured and explained."""

    explain: Callable[[Weight], list[Term]]
    before: Capture
    after: Capture


def _recipe(explain: Callable[[Weight], list[Term]], *names: str) -> Recipe:
    capture = state(*names)
    return Recipe(explain, capture, capture)


_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
_ADAM = _recipe(explain_adam, *_MOMENTS, "max_exp_avg_sq")
RECIPES: Mapping[type[Optimizer], Recipe] = {
    optim.SGD: _recipe(explain_sgd, "momentum_buffer"),
    optim.Adagrad: _recipe(explain_adagrad, "step", "sum"),
    optim.RMSprop: _recipe(explain_rmsprop, "square_avg", "grad_avg", "momentum_buffer"),
    optim.Adadelta: _recipe(explain_adadelta, "square_avg", "acc_delta"),
    optim.Adam: _ADAM,
    optim.AdamW: _ADAM,
    optim.RAdam: _recipe(explain_radam, *_MOMENTS),
    optim.NAdam: _recipe(explain_nadam, *_MOMENTS, "mu_product"),
    optim.Adamax: _recipe(explain_adamax, "step", "exp_avg", "exp_inf"),
    optim.ASGD: _recipe(explain_asgd, "eta"),
    optim.Rprop: _recipe(explain_rprop, "prev", "step_size"),
    optim.Adafactor: _recipe(explain_adafactor, "step", "variance", "row_var", "col_var"),
    optim.Muon: Recipe(explain_muon, state("momentum_buffer"), orthogonalised),
    optim.LBFGS: Recipe(explain_lbfgs, inner_iterations, last_direction),
}
_TITLES = {entry.torch_name: entry.title for entry in OPTIMIZERS}


def explain(
    record: TensorStep, tensor: str, index: tuple[int, ...], step: int
) -> StepReport:
    """Explain what a recorded step did to the weight at `index` of the tensor.

    Raises:
        IndexError: where the tensor has no such index.
    """
    weight = Weight(record, index)
    return StepReport(
        step=step,
        tensor=tensor,
        index=index,
        optimizer=_TITLES[record.optimizer.__name__],
        terms=tuple(RECIPES[record.optimizer].explain(weight)),
        lookahead=() if record.pull is None else _explain_pull(record.pull, weight),
    )


def _explain_pull(pull: Pull, weight: Weight) -> tuple[Term, ...]:
    """Explain how Lookahead moved the slow weight, where the fast one starts again."""
    index = weight.index
    terms = [
        Term(r"\alpha", "", pull.alpha, "How far slow weights follow the fast ones."),
        Term(r"\phi_{t-1}", "", float(pull.slow[index]), "Slow weight before."),
        Term(
            r"\phi_t",
            r"\phi_{t-1} + \alpha\,(\theta_t - \phi_{t-1})",
            float(pull.weight[index]),
            "Slow weight, from which the fast one goes on.",
        ),
    ]
    if pull.momentum is not None:
        terms += _explain_momentum(pull, weight)
    return tuple(terms)


def _explain_momentum(pull: Pull, weight: Weight) -> list[Term]:
    """Explain what became of the inner momentum."""
    index = weight.index
    after = 0.0 if pull.momentum is None else float(pull.momentum[index])
    if pull.slow_momentum is None:
        return [Term("b'_t", "0", after, "The momentum starts again from 0.")]
    return [
        Term("c_{t-1}", "", float(pull.slow_momentum[index]), "Slow momentum before."),
        Term(
            "b'_t",
            r"c_{t-1} + \alpha\,(b_t - c_{t-1})",
            after,
            "Momentum, pulled back like the weight.",
        ),
    ]
