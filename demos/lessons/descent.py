"""A slope, and four learning rates: a page on which steps are too short, right, and too long.

python demos/lessons/descent.py
"""

from out import out_file

from nn import MLP, SGD, mse_loss, write_training

X = [[k / 2] for k in range(-4, 5)]  # as often above 0 as below: the bias has nothing to do
y = [0.8 * x for (x,) in X]
rates = {"too small": 0.005, "right": 0.15, "too large": 0.55, "far too large": 0.65}
lines = {name: MLP(1, [1]) for name in rates}
for line in lines.values():
    line.layers[0].neurons[0].w[0].data = -0.6

page = write_training(
    lines,
    X,
    y,
    out_file(),
    loss=mse_loss,
    optimizer={name: SGD(lines[name].parameters(), lr=rate) for name, rate in rates.items()},
    epochs=20,
    title="Down a slope: steps too short, right, too long, and longer and longer",
)
print("wrote", page)
