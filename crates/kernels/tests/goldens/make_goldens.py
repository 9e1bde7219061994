"""Golden values of whole-sequence recurrences, computed by PyTorch in float64.

`python3 make_goldens.py` writes goldens.json beside this script (PyTorch 2.15, no other
package). Inputs and weights are multiples of 1/64, so every float type holds them exactly.

A case is one kind of cell in one direction over a ragged batch, from a state that is not
zero. Tensors are lists in row-major order and have our shapes: `x` [batch, steps, input];
`W` [input, gates * hidden], `R` [hidden, gates * hidden], `b` [gates * hidden], and `c`
[hidden] of the GRU with the reset after the product; `h0`, and `c0` of the LSTM,
[batch, hidden].

Outputs: `hidden` [batch, steps, hidden] in the sequence's own order, `last_hidden` and
`last_cell` [batch, hidden], `gates` [batch, steps, gates * hidden]; all zero at padding. The
loss is the sum of output * weight over the tensors of `loss`, so that gradients also come
through the final states. `gradients` holds its derivatives by every input and, as `hidden`,
by the hidden state at each step.

Everything is computed by a plain loop over each sequence. `nn.RNN`, `nn.LSTM` and `nn.GRU` on
the packed batch, each sequence reversed within its length for the backward direction, must
agree with its outputs and gradients to 1e-12; they have no GRU with the reset before the
product.
"""

import json
import zlib
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

LENGTHS = [3, 5, 1, 4]
BATCH, STEPS, INPUT, HIDDEN = len(LENGTHS), max(LENGTHS), 2, 3
GATES = {"vanilla_tanh": 1, "vanilla_relu": 1, "lstm": 4, "gru": 3, "gru_reset_before": 3}


def draw(case):
    """The inputs of a case."""
    generator = torch.Generator().manual_seed(zlib.crc32(case.encode()))

    def numbers(*shape, spread=48):
        whole = torch.randint(-spread, spread + 1, shape, generator=generator)
        return (whole.double() / 64).requires_grad_()

    kind = case.rsplit(" ", 1)[0]
    width = GATES[kind] * HIDDEN
    inputs = {
        "x": numbers(BATCH, STEPS, INPUT, spread=96),
        "W": numbers(INPUT, width),
        "R": numbers(HIDDEN, width),
        "b": numbers(width),
        "h0": numbers(BATCH, HIDDEN),
    }
    if kind == "gru":
        inputs["c"] = numbers(HIDDEN)
    if kind == "lstm":
        inputs["c0"] = numbers(BATCH, HIDDEN)
    loss = {
        "hidden": numbers(BATCH, STEPS, HIDDEN).detach(),
        "last_hidden": numbers(BATCH, HIDDEN).detach(),
    }
    if kind == "lstm":
        loss["last_cell"] = numbers(BATCH, HIDDEN).detach()
    return kind, inputs, loss


def step(kind, p, x, h, c):
    """The next hidden state and cell, and the gates."""
    wx = x @ p["W"] + p["b"]
    rh = h @ p["R"]
    if kind.startswith("vanilla"):
        h = torch.tanh(wx + rh) if kind == "vanilla_tanh" else torch.relu(wx + rh)
        if kind == "vanilla_relu":
            assert (wx + rh).abs().min() > 1e-4, "too near the kink: take other inputs"
        return h, None, h
    if kind == "lstm":
        i, f, g, o = (wx + rh).chunk(4)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * c + i * g
        return o * torch.tanh(c), c, torch.cat([i, f, g, o])
    (wr, wz, wn), (rr, rz, rn) = wx.chunk(3), rh.chunk(3)
    r, z = torch.sigmoid(wr + rr), torch.sigmoid(wz + rz)
    if kind == "gru":
        n = torch.tanh(wn + r * (rn + p["c"]))
    else:
        n = torch.tanh(wn + (r * h) @ p["R"][:, 2 * HIDDEN :])
    return (1 - z) * n + z * h, None, torch.cat([r, z, n])


def loop(kind, p, reverse, probe):
    """The outputs, with `probe` added to the hidden states."""
    rows = {"hidden": [], "gates": [], "last_hidden": [], "last_cell": []}
    for b, length in enumerate(LENGTHS):
        h, c = p["h0"][b], p["c0"][b] if "c0" in p else None
        hidden, gates = [None] * length, [None] * length
        for t in reversed(range(length)) if reverse else range(length):
            h, c, gates[t] = step(kind, p, p["x"][b, t], h, c)
            h = hidden[t] = h + probe[b, t]
        rows["hidden"].append(torch.stack(hidden))
        rows["gates"].append(torch.stack(gates))
        rows["last_hidden"].append(h)
        rows["last_cell"].append(c)
    outputs = {key: pad_sequence(rows[key], batch_first=True) for key in ("hidden", "gates")}
    outputs["last_hidden"] = torch.stack(rows["last_hidden"])
    if kind == "lstm":
        outputs["last_cell"] = torch.stack(rows["last_cell"])
    return outputs


def flipped(values):
    """Each sequence reversed within its length."""
    return pad_sequence(
        [values[b, :length].flip(0) for b, length in enumerate(LENGTHS)], batch_first=True
    )


def by_module(kind, p, reverse):
    """The outputs, but for the gates, by PyTorch's module with our weights."""
    kinds = {"vanilla_tanh": nn.RNN, "vanilla_relu": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
    options = {"nonlinearity": "relu"} if kind == "vanilla_relu" else {}
    module = kinds[kind](INPUT, HIDDEN, batch_first=True, **options).double()
    none = torch.zeros_like(p["b"])
    second_bias = torch.cat([none[: 2 * HIDDEN], p["c"]]) if kind == "gru" else none
    ours = {
        "weight_ih_l0": p["W"].T,
        "weight_hh_l0": p["R"].T,
        "bias_ih_l0": p["b"],
        "bias_hh_l0": second_bias,
    }
    x = flipped(p["x"]) if reverse else p["x"]
    x = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    h0 = p["h0"][None]
    start = (h0, p["c0"][None]) if kind == "lstm" else h0
    hidden, last = torch.func.functional_call(module, ours, (x, start))
    hidden, _ = pad_packed_sequence(hidden, batch_first=True)
    outputs = {"hidden": flipped(hidden) if reverse else hidden}
    if kind == "lstm":
        outputs["last_hidden"], outputs["last_cell"] = last[0][0], last[1][0]
    else:
        outputs["last_hidden"] = last[0]
    return outputs


def gradients(outputs, loss, of):
    total = sum((outputs[key] * weight).sum() for key, weight in loss.items())
    return dict(zip(of, torch.autograd.grad(total, list(of.values()))))


def agree(left, right):
    for key, value in left.items():
        torch.testing.assert_close(value, right[key], rtol=1e-12, atol=1e-12)


def golden(case):
    kind, inputs, loss = draw(case)
    reverse = case.endswith("backward")
    probe = torch.zeros(BATCH, STEPS, HIDDEN, dtype=torch.float64, requires_grad=True)
    outputs = loop(kind, inputs, reverse, probe)
    found = gradients(outputs, loss, inputs | {"hidden": probe})
    if kind != "gru_reset_before":
        module = by_module(kind, inputs, reverse)
        agree(module, outputs)
        agree(gradients(module, loss, inputs), found)

    def lists(tensors):
        # Nine digits give every float32 back; shorter ones, if exact, are written as they are.
        return {
            key: [float(f"{number:.9g}") for number in tensor.detach().flatten().tolist()]
            for key, tensor in tensors.items()
        }

    parts = {"inputs": inputs, "outputs": outputs, "loss": loss, "gradients": found}
    return {name: lists(tensors) for name, tensors in parts.items()}


def main():
    torch.set_num_threads(1)
    cases = {f"{kind} {d}": None for kind in GATES for d in ("forward", "backward")}
    cases = {case: golden(case) for case in cases}
    sizes = {"batch": BATCH, "steps": STEPS, "input": INPUT, "hidden": HIDDEN}
    head = {"lengths": LENGTHS, "sizes": sizes}
    lines = [f'"head": {json.dumps(head)}']
    lines += [f'"{case}": {json.dumps(parts, separators=(",", ":"))}' for case, parts in cases.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (Path(__file__).parent / "goldens.json").write_text(text)


if __name__ == "__main__":
    main()
