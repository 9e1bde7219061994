"""Golden values of the optimizer and the losses, computed by PyTorch in float64.

`python3 make_goldens.py` writes the JSON files beside this script (PyTorch 2.15, no other
package). Inputs are rounded to float32 before
anything is computed, so a float32 reader starts from the very same values. Numbers carry
nine significant digits, enough to give every float32 back exactly.

The Adam files hold the options, `start` (the parameters before the first step) and, for
every step, the given gradients, their norm over all parameters together, whether they
were clipped, and the parameters after the step. PyTorch clips by multiplying with
min(1, max_norm / (norm + 1e-6)).

Each result of these is also computed from its definition, which must agree to 1e-12 before
the file is written. `optimizers.json` has the other optimizers in the same form, and
`schedules.json` the learning rate of PyTorch's schedulers at each step.
"""

import json
import zlib
from pathlib import Path

import torch
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
)

HERE = Path(__file__).parent
SHAPES = {"weight": (3, 4), "bias": (4,)}
LEARNING_RATE, BETAS, EPSILON = 1e-2, (0.9, 0.999), 1e-8
SPREADS = [0.2, 3.0, 0.05, 10.0, 1.0, 0.1]  # largest gradient value of each step


class Draw:
    """Uniform random tensors of float32 values in [-spread, spread]; the seed is made
    from the case's name."""

    def __init__(self, case):
        self.generator = torch.Generator().manual_seed(zlib.crc32(case.encode()))

    def __call__(self, *shape, spread=0.5):
        unit = torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return (spread * (2 * unit - 1)).float().double()


def agree(left, right):
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


def plain(value):
    """Tensors, also inside lists and dictionaries, as what JSON can hold."""
    if isinstance(value, torch.Tensor) and value.dim() == 0:
        return float(f"{value.item():.9g}")
    if isinstance(value, torch.Tensor):
        data = [float(f"{number:.9g}") for number in value.flatten().tolist()]
        return {"shape": list(value.shape), "data": data}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def write(case, content):
    content = {"torch": torch.__version__.split("+")[0], "case": case} | plain(content)
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    (HERE / f"{case}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def adam_by_definition(start, gradients, max_norm):
    """The parameters after the last step, from the equations of Adam."""
    values = torch.cat([value.flatten() for value in start.values()])
    first, second = torch.zeros_like(values), torch.zeros_like(values)
    for step, named in enumerate(gradients, 1):
        gradient = torch.cat([value.flatten() for value in named.values()])
        if max_norm is not None:
            norm = gradient.square().sum().sqrt()
            gradient = gradient * min(1.0, max_norm / (norm.item() + 1e-6))
        first = BETAS[0] * first + (1 - BETAS[0]) * gradient
        second = BETAS[1] * second + (1 - BETAS[1]) * gradient.square()
        mean = first / (1 - BETAS[0] ** step)
        square = second / (1 - BETAS[1] ** step)
        values = values - LEARNING_RATE * mean / (square.sqrt() + EPSILON)
    return values


def adam(case, max_norm):
    draw = Draw("adam")  # the same start and gradients in both cases
    start = {name: draw(*shape) for name, shape in SHAPES.items()}
    gradients = [
        {name: draw(*shape, spread=spread) for name, shape in SHAPES.items()}
        for spread in SPREADS
    ]

    parameters = {name: value.clone().requires_grad_() for name, value in start.items()}
    optimizer = torch.optim.Adam(
        parameters.values(), lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, weight_decay=0
    )
    steps = []
    for named in gradients:
        for name, parameter in parameters.items():
            parameter.grad = named[name].clone()
        limit = float("inf") if max_norm is None else max_norm
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), limit)
        optimizer.step()
        steps.append(
            {
                "gradients": named,
                "total_norm": norm,
                "clipped": norm.item() > limit,
                "parameters": {name: p.detach().clone() for name, p in parameters.items()},
            }
        )

    values = torch.cat([parameter.detach().flatten() for parameter in parameters.values()])
    agree(values, adam_by_definition(start, gradients, max_norm))
    assert {step["clipped"] for step in steps} == ({False} if max_norm is None else {False, True})
    options = {"learning_rate": LEARNING_RATE, "beta_1": BETAS[0], "beta_2": BETAS[1]}
    options |= {"epsilon": EPSILON, "weight_decay": 0.0, "max_norm": max_norm}
    write(case, options | {"start": start, "steps": steps})


def optimizers(case):
    draw = Draw(case)
    start = {name: draw(*shape) for name, shape in SHAPES.items()}
    gradients = [
        {name: draw(*shape, spread=spread) for name, shape in SHAPES.items()}
        for spread in SPREADS
    ]
    optim = torch.optim
    made = {
        "sgd": lambda p: optim.SGD(p, lr=LEARNING_RATE),
        "sgd momentum": lambda p: optim.SGD(p, lr=LEARNING_RATE, momentum=0.8),
        "sgd nesterov": lambda p: optim.SGD(p, lr=LEARNING_RATE, momentum=0.8, nesterov=True),
        "sgd decay": lambda p: optim.SGD(p, lr=LEARNING_RATE, momentum=0.8, weight_decay=0.1),
        "rmsprop": lambda p: optim.RMSprop(p, lr=LEARNING_RATE),
        "rmsprop momentum decay": lambda p: optim.RMSprop(
            p, lr=LEARNING_RATE, momentum=0.8, weight_decay=0.1
        ),
        "adam decay": lambda p: optim.Adam(p, lr=LEARNING_RATE, weight_decay=0.1),
        "adamw": lambda p: optim.AdamW(p, lr=LEARNING_RATE, weight_decay=0.1),
        "adamw weights": lambda p: optim.AdamW(
            [{"params": p[:1]}, {"params": p[1:], "weight_decay": 0.0}],
            lr=LEARNING_RATE,
            weight_decay=0.1,
        ),
        "sgd clip value": lambda p: optim.SGD(p, lr=LEARNING_RATE),
    }
    steps = {}
    for name, make in made.items():
        parameters = {key: value.clone().requires_grad_() for key, value in start.items()}
        optimizer = make(list(parameters.values()))
        steps[name] = []
        for named in gradients:
            for key, parameter in parameters.items():
                parameter.grad = named[key].clone()
            if name == "sgd clip value":
                torch.nn.utils.clip_grad_value_(parameters.values(), 0.5)
            optimizer.step()
            steps[name].append({k: p.detach().clone() for k, p in parameters.items()})
    content = {"learning_rate": LEARNING_RATE, "start": start, "gradients": gradients}
    write(case, content | {"steps": steps})


def schedules(case):
    """The learning rate at each of 12 steps, of base 2.0."""
    schedulers = torch.optim.lr_scheduler
    made = {
        "cosine": lambda o: schedulers.CosineAnnealingLR(o, T_max=12, eta_min=0.5),
        "step": lambda o: schedulers.StepLR(o, step_size=5, gamma=0.3),
        "exponential": lambda o: schedulers.ExponentialLR(o, gamma=0.9),
        "linear": lambda o: schedulers.LinearLR(
            o, start_factor=1.0, end_factor=0.25, total_iters=12
        ),
        "warm-up cosine": lambda o: schedulers.SequentialLR(
            o,
            [
                schedulers.LinearLR(o, start_factor=1 / 4, end_factor=1.0, total_iters=3),
                schedulers.CosineAnnealingLR(o, T_max=8, eta_min=0.5),
            ],
            milestones=[4],
        ),
    }
    rates = {}
    for name, make in made.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
        scheduler = make(optimizer)
        rates[name] = []
        for _ in range(12):
            rates[name].append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    scheduler = schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.0)
    scores = [3.0, 2.0, 2.5, 2.0, 2.0, 1.0, 1.5, 1.5, 0.5, 0.75]
    rates["plateau"] = []
    for score in scores:
        scheduler.step(score)
        rates["plateau"].append(optimizer.param_groups[0]["lr"])
    write(case, {"base": 2.0, "scores": scores, "rates": rates})


def losses(case):
    draw = Draw(case)
    logits, classes = draw(4, 5, spread=3.0).requires_grad_(), torch.tensor([2, 0, 4, 2])
    value = cross_entropy(logits, classes)
    (gradient,) = torch.autograd.grad(value, logits)
    chosen = logits.softmax(1)[torch.arange(4), classes]
    agree(value, -chosen.log().mean())
    agree(gradient, (logits.softmax(1) - torch.eye(5).double()[classes]).detach() / 4)
    entropy = {"logits": logits, "classes": classes.tolist(), "value": value, "gradient": gradient}
    value = cross_entropy(logits, classes, label_smoothing=0.2)
    (gradient,) = torch.autograd.grad(value, logits)
    smoothed = 0.8 * torch.eye(5).double()[classes] + 0.2 / 5
    agree(value, -(smoothed * logits.log_softmax(1)).sum() / 4)
    smooth = {"logits": logits, "classes": classes.tolist(), "value": value, "gradient": gradient}

    outputs, targets = draw(4, 2, spread=3.0).requires_grad_(), draw(4, 2, spread=3.0)
    value = mse_loss(outputs, targets)
    (gradient,) = torch.autograd.grad(value, outputs)
    agree(value, (outputs - targets).square().sum() / 8)
    agree(gradient, (2 * (outputs - targets) / 8).detach())
    square = {"logits": outputs, "targets": targets, "value": value, "gradient": gradient}

    scores, labels = draw(4, 3, spread=3.0).requires_grad_(), (draw(4, 3) > 0).double()
    value = binary_cross_entropy_with_logits(scores, labels, reduction="sum") / 4
    (gradient,) = torch.autograd.grad(value, scores)
    chance = scores.sigmoid()
    agree(value, -(labels * chance.log() + (1 - labels) * (1 - chance).log()).sum() / 4)
    agree(gradient, ((chance - labels) / 4).detach())
    binary = {"logits": scores, "targets": labels, "value": value, "gradient": gradient}
    entropies = {"cross_entropy": entropy, "label_smoothing": smooth}
    write(case, entropies | {"mse": square, "binary_cross_entropy": binary})


def main():
    torch.set_num_threads(1)
    adam("adam", None)
    adam("adam_clip", 1.0)
    losses("losses")
    optimizers("optimizers")
    schedules("schedules")


if __name__ == "__main__":
    main()
