"""Golden values of the architectures, computed by PyTorch in float64.

`python3 make_goldens.py` writes one JSON file per case beside this script (PyTorch 2.15,
no other package). Inputs and weights are rounded to float32 before anything is computed,
so a float32 reader starts from the very same values. Numbers carry nine significant
digits, enough to give every float32 back exactly.

A file holds the sizes, `x` [batch, steps, input] (zero after the end of each sequence),
the initial state (null means zero), the weights under PyTorch's names and layouts, and
what comes out: `steps` [batch, steps, D] (zero at padded steps), `final` (the state at the
last valid step; of the backward direction, after the first step) and `summary` [batch, D].
What a case lacks is null. A single layer's states are [batch, hidden]; those of stacked
layers or of two directions are [layers or directions, batch, hidden].

`loss` is the sum of output * weight over the `*_weight` tensors that are not null
(`steps_weight`, `final_weight` for `final.h`, `summary_weight`), and `gradients` holds its
derivatives by weight name, plus "x" and, where given, "h0" and "c0". The sequences end
where `lengths` says: padding is no input, so the gradient of `x` is zero there. A reader
that takes padded zeros for inputs (a convolution or a flattened input may) has to mask its
gradient of `x` before comparing.

Every case is also computed along a second path, which must agree to 1e-12 before the file
is written.
"""

import json
import math
import zlib
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import layer_norm, max_pool1d, max_pool2d, pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

HERE = Path(__file__).parent
LENGTHS = [4, 2, 7, 3, 6, 2, 5, 4, 3]
OUTPUTS = 2  # for the head that a reader may have to build; nothing here depends on it
OPEN = 1e3  # pre-activation at which a sigmoid is exactly 1 in float64
KINK = 2e-5  # nearer to zero, float32 might take the other side of a ReLU
ZERO = 1e-12  # smaller numbers are the rounding error of an exact zero

# Seeds with which no ReLU gets an input near its kink and none is off for all inputs.
SEED_SHIFTS = {
    "cnn_rnn": 8,
    "cnn_rnn_frames": 1,
    "tcn": 1,
    "transformer_decoder": 29,
    "transformer_encoder": 11,
    "transformer_rotary": 10,
    "transformer_window": 40,
    "rnn_transformer": 38,
    "feed_forward": 8,
    "feed_forward_flattened": 10,
}


# Values and files


class Draw:
    """Uniform random tensors of float32 values; the seed is made from the case's name."""

    def __init__(self, case):
        seed = zlib.crc32(case.encode()) + SEED_SHIFTS.get(case, 0)
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape, around=0.0, spread=0.5):
        unit = torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return (around + spread * (2 * unit - 1)).float().double().requires_grad_()

    def sequences(self, width):
        """[batch, steps, width], zero after the end of each sequence."""
        values = self(len(LENGTHS), max(LENGTHS), width, spread=1.0).detach()
        return (values * valid()).requires_grad_()

    def fill(self, module):
        """Gives new values to all parameters; the scales of a layer norm lie around 1."""
        module.double()
        for name, parameter in module.named_parameters():
            scale = "norm" in name and name.endswith("weight")
            length = name.endswith("original0")  # of a weight-normalised filter
            around = 2.0 if length else float(scale)
            parameter.data = self(*parameter.shape, around=around).detach()
        return module


def valid():
    """1 at valid steps and 0 at padded ones, [batch, steps, 1]."""
    return (torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]).double()[..., None]


def alone(x):
    """The sequences of a batch, each [its steps, width], without padding."""
    return [x[b, :length] for b, length in enumerate(LENGTHS)]


def together(sequences):
    """The reverse of `alone`: [batch, steps, width], zero at padded steps."""
    return pad_sequence(sequences, batch_first=True)


def last(steps):
    """The values at the last valid step, [batch, width]."""
    return torch.stack([sequence[-1] for sequence in alone(steps)])


def agree(left, right):
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


def away(values):
    """The inputs of a ReLU, refused where float32 could give another gradient."""
    assert values.abs().min() > KINK, "an input of a ReLU is too near zero: take another seed"
    return values


def relu(values):
    return torch.relu(away(values))


def number(value):
    return 0.0 if abs(value) < ZERO else float(f"{value:.9g}")


def plain(value):
    """A tensor, also inside a dictionary, as what JSON can hold."""
    if isinstance(value, torch.Tensor) and value.dim() == 0:
        return number(value.item())
    if isinstance(value, torch.Tensor):
        return {"shape": list(value.shape), "data": [number(v) for v in value.flatten().tolist()]}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def write(case, draw, sizes, x, weights, summary, *, start=(), steps=None, final=()):
    """Adds loss and gradients to the outputs of a case and writes its file.

    `start` and `final` are (h,), (h, c) or empty. Where there is a final state, `summary`
    is made of it and stays out of the loss.
    """
    outputs = {
        "steps_weight": steps,
        "final_weight": final[0] if final else None,
        "summary_weight": None if final else summary,
    }
    outputs = {name: output for name, output in outputs.items() if output is not None}
    factors = {name: draw(*output.shape).detach() for name, output in outputs.items()}
    loss = sum((output * factors[name]).sum() for name, output in outputs.items())

    states = dict(zip(("h0", "c0"), start))
    leaves = weights | {"x": x} | states
    gradients = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values()))))
    assert not (gradients["x"] * (1 - valid())).any(), "padding has an influence"
    for name, gradient in gradients.items():
        assert gradient.abs().max() > 1e-3, f"{case}: {name} has no influence"
        # The key bias, a part of `in_proj_bias`, drops out of the softmax.
        if "bias" in name and "in_proj" not in name:
            assert gradient.abs().min() > 1e-5, f"{case}: a ReLU unit of {name} is never on"

    content = {"torch": torch.__version__.split("+")[0], "case": case} | sizes
    content |= {"lengths": LENGTHS, "x": x, "h0": None, "c0": None} | states
    content |= {"weights": weights, "steps": steps, "final": None, "summary": summary}
    if final:
        content["final"] = {"h": None, "c": None} | dict(zip("hc", final))
    content |= {"steps_weight": None, "final_weight": None, "summary_weight": None} | factors
    content |= {"loss": loss, "gradients": gradients}
    lines = [f"{json.dumps(key)}: {json.dumps(plain(value))}" for key, value in content.items()]
    (HERE / f"{case}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


# Recurrences written out: one step of one sequence; the state is (h,) or (h, c), each [hidden]


def products(w, gates, x, h):
    """W x + b and R h + b of every gate, as two dictionaries by gate name."""
    from_input = (w["weight_ih"] @ x + w["bias_ih"]).chunk(len(gates))
    from_state = (w["weight_hh"] @ h + w["bias_hh"]).chunk(len(gates))
    return dict(zip(gates, from_input)), dict(zip(gates, from_state))


def vanilla(activation):
    def step(w, x, state):
        wx, rh = products(w, "h", x, state[0])
        return (activation(wx["h"] + rh["h"]),)

    return step


def lstm(gates="ifgo", coupled=False):
    """A gate that `gates` leaves out is 1; a coupled forget gate is 1 - i."""

    def step(w, x, state):
        h, c = state
        wx, rh = products(w, gates, x, h)
        one = torch.ones_like(h)
        i, f, o = (torch.sigmoid(wx[k] + rh[k]) if k in gates else one for k in "ifo")
        f = 1 - i if coupled else f
        c = f * c + i * torch.tanh(wx["g"] + rh["g"])
        return o * torch.tanh(c), c

    return step


def gru(gates="rzn", reset_before=False):
    """Without "r" in `gates` the reset gate is 1."""

    def step(w, x, state):
        (h,) = state
        wx, rh = products(w, gates, x, h)
        r = torch.sigmoid(wx["r"] + rh["r"]) if "r" in gates else torch.ones_like(h)
        z = torch.sigmoid(wx["z"] + rh["z"])
        if reset_before:
            n = torch.tanh(wx["n"] + products(w, gates, x, r * h)[1]["n"])
        else:
            n = torch.tanh(wx["n"] + r * rh["n"])
        return ((1 - z) * n + z * h,)

    return step


def unroll(step, weights, x, start, layers=1, directions=1):
    """Runs a step over every sequence alone.

    Returns steps [batch, steps, D] and the final states; `start` and these are
    [layers * directions, batch, hidden] each.
    """
    outputs, finals = [], []
    for b, sequence in enumerate(alone(x)):
        states = []
        for layer in range(layers):
            sides = []
            for reverse in (False, True)[:directions]:
                suffix = f"_l{layer}" + ("_reverse" if reverse else "")
                w = {k.removesuffix(suffix): v for k, v in weights.items() if k.endswith(suffix)}
                state = tuple(part[len(states), b] for part in start)
                hidden = []
                for x_t in sequence.flip(0) if reverse else sequence:
                    state = step(w, x_t, state)
                    hidden.append(state[0])
                sides.append(torch.stack(hidden[::-1] if reverse else hidden))
                states.append(state)
            sequence = torch.cat(sides, dim=-1)
        outputs.append(sequence)
        finals.append([torch.stack(part) for part in zip(*states)])
    return together(outputs), tuple(torch.stack(part, dim=1) for part in zip(*finals))


def packed(module, x, start):
    """The same by PyTorch's module on the packed batch."""
    sequences = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    steps, final = module(sequences, start if len(start) == 2 else start[0])
    final = final if isinstance(final, tuple) else (final,)
    return pad_packed_sequence(steps, batch_first=True)[0], final


# Recurrent cases


def write_single(case, draw, x, weights, start, run):
    """Writes a case of one layer and one direction, whose states are [batch, hidden]."""
    steps, final = run(x, tuple(part[None] for part in start))
    final = tuple(part[0] for part in final)
    agree(final[0], last(steps))
    sizes = {"input": x.shape[-1], "hidden": final[0].shape[-1], "outputs": OUTPUTS}
    write(case, draw, sizes, x, weights, final[0], start=start, steps=steps, final=final)


def random_start(draw, kind, hidden):
    return tuple(draw(len(LENGTHS), hidden) for _ in range(2 if kind is nn.LSTM else 1))


def cell(case, kind, step, **options):
    """A plain `nn.RNN`, `nn.LSTM` or `nn.GRU` from a state that is not zero."""
    draw = Draw(case)
    module = draw.fill(kind(3, 4, batch_first=True, **options))
    weights = dict(module.named_parameters())
    x, start = draw.sequences(3), random_start(draw, kind, 4)

    def run(x, start):
        outputs = packed(module, x, start)
        agree(outputs, unroll(step, weights, x, start))
        return outputs

    write_single(case, draw, x, weights, start, run)


def variant(case, kind, step, gates, complete):
    """A cell that lacks gates, so that no module computes it as it is.

    The check: `complete` turns the pieces of a weight, by gate, into all pieces of a
    module that computes the same, given the piece of a gate that is always open.
    """
    draw = Draw(case)
    module = kind(3, 4, batch_first=True).double()
    names = [name for name, _ in module.named_parameters()]
    rows = 4 * len(gates)
    weights = dict(zip(names, (draw(rows, 3), draw(rows, 4), draw(rows), draw(rows))))
    x, start = draw.sequences(3), random_start(draw, kind, 4)

    for name, parameter in module.named_parameters():
        pieces = dict(zip(gates, weights[name].detach().chunk(len(gates))))
        always = torch.full_like(pieces["g" if "g" in gates else "n"], OPEN * ("bias" in name))
        parameter.data = torch.cat(complete(pieces, always))

    def run(x, start):
        outputs = unroll(step, weights, x, start)
        agree(outputs, packed(module, x, start))
        return outputs

    write_single(case, draw, x, weights, start, run)


def gru_reset_before(case):
    """No module computes this: checked against the equation of each single number."""
    draw = Draw(case)
    weights = dict(draw.fill(nn.GRU(3, 4)).named_parameters())
    x, start = draw.sequences(3), random_start(draw, nn.GRU, 4)
    w, r, b, c = (parameter.tolist() for parameter in weights.values())

    def dot(row, vector):
        return sum(p * q for p, q in zip(row, vector, strict=True))

    def sigmoid(value):
        return 1 / (1 + math.exp(-value))

    def scalar_step(x, h):
        def before(k, state):
            return dot(w[k], x) + b[k] + dot(r[k], state) + c[k]

        kept = [sigmoid(before(k, h)) * h[k] for k in range(4)]
        z = [sigmoid(before(4 + k, h)) for k in range(4)]
        n = [math.tanh(before(8 + k, kept)) for k in range(4)]
        return [(1 - z[k]) * n[k] + z[k] * h[k] for k in range(4)]

    def run(x, start):
        steps, final = unroll(gru(reset_before=True), weights, x, start)
        for sequence, expected, h in zip(alone(x), alone(steps), start[0][0].tolist()):
            for x_t, expected_t in zip(sequence.tolist(), expected):
                h = scalar_step(x_t, h)
                agree(expected_t, torch.tensor(h, dtype=torch.float64))
        after, _ = unroll(gru(), weights, x, start)
        assert (steps - after).abs().max() > 1e-2, "the place of the reset gate is not seen"
        return steps, final

    write_single(case, draw, x, weights, start, run)


def deep(case, kind, step, *, width=3, layers=1, directions=1):
    """Stacked layers or two directions, from the zero state."""
    draw = Draw(case)
    options = {"num_layers": layers, "bidirectional": directions == 2, "batch_first": True}
    module = draw.fill(kind(width, 4, **options))
    weights = dict(module.named_parameters())
    x = draw.sequences(width)
    zero = torch.zeros(layers * directions, len(LENGTHS), 4, dtype=torch.float64)
    start = (zero, zero) if kind is nn.LSTM else (zero,)
    steps, final = packed(module, x, start)
    agree((steps, final), unroll(step, weights, x, start, layers, directions))

    summary = torch.cat(tuple(final[0][-directions:]), dim=-1)
    sizes = {"input": width, "hidden": 4, "outputs": OUTPUTS}
    sizes |= {"layers": layers, "directions": directions}
    write(case, draw, sizes, x, weights, summary, steps=steps, final=final)


# Hybrids: each sequence alone in PyTorch, so that an influence of padding would show


class CnnRnn(nn.Module):
    def __init__(self, width, filters, hidden):
        super().__init__()
        widths = [width, filters]
        self.conv = nn.ModuleList(nn.Conv1d(w, filters, 3, padding=1) for w in widths)
        self.rnn = nn.GRU(filters, hidden, batch_first=True)

    def forward(self, sequence):
        channels = sequence.T[None]
        for conv in self.conv:
            channels = relu(conv(channels))
        return self.rnn(channels.transpose(1, 2))[0][0]

    def padded(self, x):
        """The same on the whole batch: only the mask keeps padding out."""
        for conv in self.conv:
            x = torch.relu(conv(x.transpose(1, 2))).transpose(1, 2) * valid()
        return self.rnn(x)[0] * valid()


def attention_blocks(hidden, heads, feed_forward, count):
    options = {"dropout": 0.0, "activation": "relu", "norm_first": True, "batch_first": True}
    blocks = nn.ModuleList(
        nn.TransformerEncoderLayer(hidden, heads, feed_forward, **options) for _ in range(count)
    )
    for block in blocks:
        block.linear1.register_forward_hook(lambda _module, _inputs, output: away(output))
    return blocks


def block_by_hand(block, u, unseen, turned=None, relu=torch.relu):
    """A block written out; `turned` is what is done to queries and keys."""
    attention = block.self_attn
    (batch, length, hidden), count = u.shape, attention.num_heads

    def norm(layer, values):
        return layer_norm(values, (hidden,), layer.weight, layer.bias, eps=1e-5)

    def heads(values):
        return values.view(batch, length, count, -1).transpose(1, 2)

    projected = norm(block.norm1, u) @ attention.in_proj_weight.T + attention.in_proj_bias
    q, k, v = map(heads, projected.chunk(3, dim=-1))
    if turned:
        q, k = turned(q), turned(k)
    scores = q @ k.transpose(2, 3) / math.sqrt(hidden // count)
    mixed = scores.masked_fill(unseen, -math.inf).softmax(-1) @ v
    u = u + attention.out_proj(mixed.transpose(1, 2).flatten(2))
    inner = norm(block.norm2, u) @ block.linear1.weight.T + block.linear1.bias
    return u + block.linear2(relu(inner))


def turned(values):
    """Rotary positions as products of complex numbers."""
    length, width = values.shape[-2:]
    speed = 10000.0 ** (-2 * torch.arange(width // 2, dtype=torch.float64) / width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * speed
    turn = torch.polar(torch.ones_like(angle), angle)
    pairs = torch.complex(values[..., : width // 2], values[..., width // 2 :]) * turn
    return torch.cat([pairs.real, pairs.imag], -1)


class RnnTransformer(nn.Module):
    def __init__(self, width, hidden, heads, feed_forward, blocks):
        super().__init__()
        self.rnn = nn.GRU(width, hidden, batch_first=True)
        self.blocks = attention_blocks(hidden, heads, feed_forward, blocks)
        self.norm = nn.LayerNorm(hidden)

    def forward(self, sequence):
        steps = self.rnn(sequence[None])[0]
        mask = nn.Transformer.generate_square_subsequent_mask(len(sequence), dtype=steps.dtype)
        for block in self.blocks:
            steps = block(steps, src_mask=mask, is_causal=True)
        return self.norm(steps)[0]

    def padded(self, x):
        """The same on the whole batch, with blocks written out."""
        steps = self.rnn(x)[0]
        later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        for block in self.blocks:
            steps = block_by_hand(block, steps, later)
        return self.norm(steps) * valid()


def same(conv, channels):
    """A convolution between zeros: of an even kernel one more step is seen after its own."""
    reach = conv.kernel_size[0] - 1
    return conv(pad(channels, (reach // 2, reach - reach // 2)))


def of_steps(norm, channels):
    return norm(channels.transpose(1, 2)).transpose(1, 2)


class Shortened(nn.Module):
    """C-LSTM as here: a convolution with stride, normalised and followed by pooling."""

    def __init__(self, width, filters, hidden):
        super().__init__()
        self.conv = nn.ModuleList([nn.Conv1d(width, filters, 3, stride=2)])
        self.norms = nn.ModuleList([nn.LayerNorm(filters)])
        self.rnn = nn.GRU(filters, hidden, batch_first=True)

    def forward(self, sequence):
        channels = sequence.T[None]
        for conv, norm in zip(self.conv, self.norms):
            channels = relu(of_steps(norm, conv(pad(channels, (1, 1)))))
            channels = max_pool1d(channels, 2, ceil_mode=True)
        return self.rnn(channels.transpose(1, 2))[0][0]

    def check(self, sequence):
        rows = sequence
        for conv, norm in zip(self.conv, self.norms):
            at = [pad(rows, (0, 0, 1, 2))[2 * t : 2 * t + 3] for t in range((len(rows) + 1) // 2)]
            rows = [torch.relu(norm(torch.einsum("fck,kc->f", conv.weight, a) + conv.bias)) for a in at]
            rows = torch.stack([torch.stack(rows[t : t + 2]).amax(0) for t in range(0, len(rows), 2)])
        return self.rnn(rows[None])[0][0]


class Beside(nn.Module):
    """LSTM-FCN as here: the recurrent layer beside the convolutions."""

    def __init__(self, width, filters, hidden):
        super().__init__()
        self.conv = nn.ModuleList([nn.Conv1d(width, filters, 3, padding=1)])
        self.rnn = nn.GRU(width, hidden, batch_first=True)

    def forward(self, sequence):
        features = relu(self.conv[0](sequence.T[None]))[0].T
        return torch.cat([self.rnn(sequence[None])[0][0], features], 1)

    def padded(self, x):
        features = torch.relu(self.conv[0](x.transpose(1, 2))).transpose(1, 2)
        return torch.cat([self.rnn(x)[0], features], 2) * valid()

    def summary(self, steps, hidden):
        means = [sequence[:, hidden:].mean(0) for sequence in alone(steps)]
        return torch.cat([last(steps)[:, :hidden], torch.stack(means)], 1)


class Frames(nn.Module):
    """LRCN as here: two convolutions within each frame of 5 by 4 with two channels."""

    def __init__(self, filters, hidden):
        super().__init__()
        self.conv = nn.ModuleList(nn.Conv2d(c, filters, 3, padding=1) for c in (2, filters))
        self.rnn = nn.GRU(filters * 1 * 1, hidden, batch_first=True)

    def forward(self, sequence):
        frames = sequence.view(-1, 5, 4, 2).permute(0, 3, 1, 2)
        for conv in self.conv:
            frames = max_pool2d(relu(conv(frames)), 2)
        return self.rnn(frames.permute(0, 2, 3, 1).flatten(1)[None])[0][0]

    def padded(self, x):
        frames = x.view(-1, 5, 4, 2)
        for conv in self.conv:
            frames = pad(frames, (0, 0, 1, 1, 1, 1)).unfold(1, 3, 1).unfold(2, 3, 1)
            frames = torch.einsum("nhwcij,fcij->nhwf", frames, conv.weight) + conv.bias
            frames = torch.relu(frames)[:, : frames.shape[1] // 2 * 2, : frames.shape[2] // 2 * 2]
            frames = frames.unfold(1, 2, 2).unfold(2, 2, 2).amax((-1, -2))
        return self.rnn(frames.reshape(x.shape[0], x.shape[1], -1))[0] * valid()


class Fcn(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        sizes = [(width, hidden, 8), (hidden, 2 * hidden, 5), (2 * hidden, hidden, 3)]
        self.conv = nn.ModuleList(nn.Conv1d(*size) for size in sizes)
        self.norms = nn.ModuleList(nn.LayerNorm(size[1]) for size in sizes)

    def forward(self, sequence):
        channels = sequence.T[None]
        for conv, norm in zip(self.conv, self.norms):
            channels = relu(of_steps(norm, same(conv, channels)))
        return channels[0].T

    def padded(self, x):
        for conv, norm in zip(self.conv, self.norms):
            x = torch.relu(of_steps(norm, same(conv, x.transpose(1, 2)))).transpose(1, 2) * valid()
        return x

    def summary(self, steps, _):
        return torch.stack([sequence.mean(0) for sequence in alone(steps)])


class Tcn(nn.Module):
    """Bai et al. 2018 without dropout: PyTorch's weight_norm, dilations 1 and 2."""

    def __init__(self, width, hidden, kernel, levels):
        super().__init__()
        weight_norm = nn.utils.parametrizations.weight_norm
        self.blocks = nn.ModuleList()
        for level in range(levels):
            block = nn.Module()
            block.first = weight_norm(nn.Conv1d(width, hidden, kernel, dilation=2**level))
            block.second = weight_norm(nn.Conv1d(hidden, hidden, kernel, dilation=2**level))
            if width != hidden:
                block.skip = nn.Conv1d(width, hidden, 1)
            self.blocks.append(block)
            width = hidden
        self.kernel = kernel

    def run(self, channels, mask, relu):
        for level, block in enumerate(self.blocks):
            back = ((self.kernel - 1) * 2**level, 0)
            inner = relu(block.first(pad(channels, back))) * mask
            inner = relu(block.second(pad(inner, back)))
            around = block.skip(channels) if hasattr(block, "skip") else channels
            channels = relu(inner + around) * mask
        return channels

    def forward(self, sequence):
        # A sum of which both parts are exactly zero is at the kink, and stays there.
        return self.run(sequence.T[None], 1, torch.relu)[0].T

    def padded(self, x):
        return self.run(x.transpose(1, 2), valid().transpose(1, 2), torch.relu).transpose(1, 2)


class Transformer(nn.Module):
    def __init__(self, width, hidden, heads, feed_forward, blocks, causal, positions, window):
        super().__init__()
        self.causal, self.window = causal, window
        self.input = nn.Linear(width, hidden)
        self.blocks = attention_blocks(hidden, heads, feed_forward, blocks)
        self.norm = nn.LayerNorm(hidden)
        if positions == "learned":
            self.positions = nn.Parameter(torch.empty(max(LENGTHS), hidden))
        self.kind = positions

    def placed(self, length, hidden):
        if self.kind == "learned":
            return self.positions[:length]
        if self.kind == "sinusoidal":
            rows = [
                [
                    (math.sin if i % 2 == 0 else math.cos)(t / 10000 ** (2 * (i // 2) / hidden))
                    for i in range(hidden)
                ]
                for t in range(length)
            ]
            return torch.tensor(rows, dtype=torch.float64)
        return torch.zeros(length, hidden, dtype=torch.float64)

    def unseen(self, length):
        t = torch.arange(length)
        far = (t[:, None] - t).abs() >= (self.window or length)
        return far | (t > t[:, None]) if self.causal else far

    def forward(self, sequence):
        u = self.input(sequence)
        u = (u + self.placed(*u.shape))[None]
        mask = self.unseen(len(sequence))
        for block in self.blocks:
            if self.kind == "rotary":
                u = block_by_hand(block, u, mask, turned, relu)
            else:
                u = block(u, src_mask=mask)
        return self.norm(u)[0]

    def padded(self, x):
        """The same on the whole batch, with blocks written out and padding masked."""
        u = self.input(x)
        u = u + self.placed(x.shape[1], u.shape[2])
        padding = (valid()[..., 0] == 0)[:, None, None, :]
        mask = self.unseen(x.shape[1]) | padding
        # What padding sees does not matter, but it has to see something.
        mask = mask & (valid() == 1)[:, None]
        for block in self.blocks:
            u = block_by_hand(block, u, mask, turned if self.kind == "rotary" else None)
        return self.norm(u) * valid()


def hybrid(case, module, width, sizes):
    draw = Draw(case)
    draw.fill(module)
    x = draw.sequences(width)
    steps = together([module(sequence) for sequence in alone(x)])
    agree(steps, module.padded(x))
    sizes = {"input": width, "hidden": sizes["hidden"], "outputs": OUTPUTS} | sizes
    summary = module.summary(steps, sizes["hidden"]) if hasattr(module, "summary") else last(steps)
    write(case, draw, sizes, x, dict(module.named_parameters()), summary, steps=steps)


def shortened(case, module, width, sizes):
    """Of what has fewer steps than its input only the last state is given."""
    draw = Draw(case)
    draw.fill(module)
    x = draw.sequences(width)
    states = [module(sequence)[-1] for sequence in alone(x)]
    agree(states, [module.check(sequence)[-1] for sequence in alone(x)])
    sizes = {"input": width, "outputs": OUTPUTS} | sizes
    write(case, draw, sizes, x, dict(module.named_parameters()), torch.stack(states))


# Feed-forward


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, hidden), nn.Linear(hidden, hidden)])

    def forward(self, features):
        for layer in self.layers:
            features = relu(layer(features))
        return features


def moments(x):
    """Mean and standard deviation over the valid steps, [batch, 2 * input]."""
    count = torch.tensor(LENGTHS)[:, None]
    mean = x.sum(1) / count
    variance = ((x - mean[:, None]).square() * valid()).sum(1) / count
    return torch.cat([mean, (variance + 1e-5).sqrt()], dim=-1)


def moments_alone(x):
    rows = []
    for sequence in alone(x):
        variance, mean = torch.var_mean(sequence, dim=0, correction=0)
        rows.append(torch.cat([mean, (variance + 1e-5).sqrt()]))
    return torch.stack(rows)


def flattened_alone(x):
    """[batch, steps * input], step by step, zero after the end of each sequence."""
    missing = [(max(LENGTHS) - length) * x.shape[-1] for length in LENGTHS]
    return torch.stack([pad(s.flatten(), (0, more)) for s, more in zip(alone(x), missing)])


def feed_forward(case, features, check, sizes):
    draw = Draw(case)
    x = draw.sequences(3)
    agree(features(x), check(x))
    module = draw.fill(FeedForward(features(x).shape[-1], 4))
    sizes = {"input": 3, "hidden": 4, "outputs": OUTPUTS} | sizes
    write(case, draw, sizes, x, dict(module.named_parameters()), module(features(x)))


def main():
    torch.set_num_threads(1)
    cell("vanilla_tanh", nn.RNN, vanilla(torch.tanh), nonlinearity="tanh")
    cell("vanilla_relu", nn.RNN, vanilla(relu), nonlinearity="relu")
    cell("lstm", nn.LSTM, lstm())
    cell("gru", nn.GRU, gru())

    # The gates that `nn.LSTM` (i, f, g, o) and `nn.GRU` (r, z, n) need to do the same.
    # 1 - sigmoid(a) = sigmoid(-a): the coupled gate has the input gate's weights negated.
    def coupled(own, _):
        return own["i"], -own["i"], own["g"], own["o"]

    def forget_open(own, always):
        return own["i"], always, own["g"], own["o"]

    def input_open(own, always):
        return always, own["f"], own["g"], own["o"]

    def output_open(own, always):
        return own["i"], own["f"], own["g"], always

    def reset_open(own, always):
        return always, own["z"], own["n"]

    variant("lstm_coupled", nn.LSTM, lstm("igo", coupled=True), "igo", coupled)
    variant("lstm_forget_always_one", nn.LSTM, lstm("igo"), "igo", forget_open)
    variant("lstm_input_always_one", nn.LSTM, lstm("fgo"), "fgo", input_open)
    variant("lstm_output_always_one", nn.LSTM, lstm("ifg"), "ifg", output_open)
    variant("gru_reset_always_one", nn.GRU, gru("zn"), "zn", reset_open)
    gru_reset_before("gru_reset_before")

    deep("stacked_lstm", nn.LSTM, lstm(), width=6, layers=3)
    deep("stacked_gru", nn.GRU, gru(), layers=2)
    deep("bidirectional_vanilla", nn.RNN, vanilla(torch.tanh), directions=2)
    deep("bidirectional_lstm", nn.LSTM, lstm(), directions=2)
    deep("bidirectional_gru", nn.GRU, gru(), directions=2)

    sizes = {"cell": "gru", "hidden": 4, "filters": 5, "kernel": 3, "convolutions": 2}
    hybrid("cnn_rnn", CnnRnn(2, 5, 4), 2, sizes)
    sizes = {"cell": "gru", "hidden": 6, "heads": 2, "feed_forward": 24, "blocks": 2}
    hybrid("rnn_transformer", RnnTransformer(5, 6, 2, 24, 2), 5, sizes)

    sizes = {"cell": "gru", "hidden": 4, "filters": 5}
    shortened("cnn_rnn_shortened", Shortened(3, 5, 4), 3, sizes)
    hybrid("cnn_rnn_parallel", Beside(3, 5, 4), 3, sizes)
    hybrid("cnn_rnn_frames", Frames(5, 4), 40, sizes)
    hybrid("fcn", Fcn(3, 4), 3, {"hidden": 4})
    hybrid("tcn", Tcn(3, 4, 3, 2), 3, {"hidden": 4, "kernel": 3, "levels": 2})
    for name, causal, positions, window in [
        ("decoder", True, "sinusoidal", None),
        ("encoder", False, "learned", None),
        ("rotary", True, "rotary", None),
        ("window", False, "none", 2),
    ]:
        module = Transformer(5, 8, 2, 32, 2, causal, positions, window)
        sizes = {"hidden": 8, "heads": 2, "blocks": 2, "window": window or 0}
        hybrid(f"transformer_{name}", module, 5, sizes)

    feed_forward("feed_forward", moments_alone, moments, {"layers": 2})
    sizes = {"layers": 2, "max_steps": max(LENGTHS)}
    feed_forward("feed_forward_flattened", flattened_alone, lambda x: x.flatten(1), sizes)


if __name__ == "__main__":
    main()
