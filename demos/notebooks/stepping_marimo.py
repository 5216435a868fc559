"""A stepper with buttons, in marimo.

pip install "chalkgrad[widget]" marimo
marimo edit demos/notebooks/stepping_marimo.py
"""

import marimo

app = marimo.App()


@app.cell
def _():
    from autograd import Value, step_through

    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    f = (a * b) * (a + b)
    f.label = "f"
    s = step_through(f)
    return a, b, s


@app.cell
def _(s):
    s  # each click is one +=, and fills .grad
    return


@app.cell
def _(mo):
    again = mo.ui.button(label="What are the gradients now?")
    again
    return (again,)


@app.cell
def _(a, again, b):
    again
    f"a: {a.grad}, b: {b.grad}"
    return


@app.cell
def _():
    import marimo as mo

    return (mo,)


if __name__ == "__main__":
    app.run()
