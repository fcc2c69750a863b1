#!/usr/bin/env python3
"""Computes the polynomial coefficients of core/elementary/coefficients.h.

    python3 -m venv V && V/bin/pip install mpmath
    V/bin/python scripts/fit_elementary.py > core/elementary/coefficients.h

Each polynomial is a weighted minimax fit by Lawson's iterated least squares, in 60 digits. The coefficients are rounded to the type that
computes with them one after the other, lowest order first, and the rest is fitted again, so that later ones make up for the rounding
of earlier ones. The error printed beside each is the largest weighted error of the rounded polynomial, as a power of two.
"""
import struct

from mpmath import atan, cos, erf, erfc, exp, expm1, lu_solve, log, log1p, matrix, mp, mpf, pi, sin, tanh

mp.dps = 60


def round_to(kind, value):
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0]) if kind == "f32" else mpf(float(value))


def chebyshev(low, high, count):
    return sorted((low + high) / 2 + (high - low) / 2 * cos(pi * (2 * k + 1) / (2 * count)) for k in range(count))


def horner(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def minimax(f, weight, low, high, known, degree):
    """The coefficients above `known` of the polynomial of that degree that nearly minimizes the largest |weight * (p - f)|."""
    first, unknowns = len(known), degree + 1 - len(known)
    points = [(x, weight(x), f(x) - horner(known, x)) for x in chebyshev(low, high, 8 * (degree + 2))]
    rows = [([w * x ** (first + k) for k in range(unknowns)], w * y) for x, w, y in points]
    importance = [mpf(1)] * len(rows)
    for _ in range(12):
        system, right = matrix(unknowns, unknowns), matrix(unknowns, 1)
        for (row, y), u in zip(rows, importance):
            for i in range(unknowns):
                right[i] += u * row[i] * y
                for k in range(unknowns):
                    system[i, k] += u * row[i] * row[k]
        solution = lu_solve(system, right)
        errors = [abs(sum(c * s for c, s in zip(row, solution)) - y) for row, y in rows]
        importance = [u * e for u, e in zip(importance, errors)]
        total = sum(importance)
        importance = [u / total for u in importance]
    return known + [solution[k] for k in range(unknowns)]


def fit(name, kind, f, weight, low, high, degree, comment):
    low, high = mpf(low), mpf(high)
    known = []
    for k in range(degree + 1):
        known.append(round_to(kind, minimax(f, weight, low, high, known, degree)[k]))
    error = max(abs(weight(x) * (horner(known, x) - f(x))) for x in chebyshev(low, high, 400))
    show(name, kind, known, comment, error)


def show(name, kind, known, comment, error):
    print(f"// {comment}; error 2^{float(log(error, 2)):.1f}")
    c_type = "float" if kind == "f32" else "double"
    digits = 9 if kind == "f32" else 17
    suffix = "f" if kind == "f32" else ""
    numbers = [f"{float(c):.{digits}g}" for c in known]
    numbers = [n + ("" if "." in n or "e" in n else ".0") + suffix for n in numbers]
    lines, line = [], "   "
    for n in numbers:
        if len(line) + len(n) > 130:
            lines.append(line)
            line = "   "
        line += f" {n},"
    print(f"constexpr {c_type} {name}[] = {{")
    print("\n".join(lines + [line.rstrip(',')]) + "};\n")


def guarded(f, limit):
    """f where its difference quotients are 0/0 at 0: a little beside it."""
    return lambda x: f(x) if abs(x) > limit else f(mpf(limit))


tiny = mpf(10) ** -20
root2 = mpf(2) ** mpf("0.5")
half_ln2 = log(mpf(2)) / 2 * mpf("1.005")


def sqrt_z(f):
    return guarded(lambda z: f(z ** mpf("0.5")), tiny)


print("// Written by scripts/fit_elementary.py. Coefficients, lowest order first.")
print("#pragma once\n\nnamespace strata::coefficients {\n")

exp_q = guarded(lambda r: (expm1(r) - r) / r ** 2, tiny)
for kind, degree in (("f32", 4), ("f64", 9)):
    fit(f"exp_{kind}", kind, exp_q, guarded(lambda r: r ** 2 / exp(r), tiny), -half_ln2, half_ln2, degree,
        "(exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2, relative to exp(r)")

fit("log_f32", "f32", guarded(lambda f: (log1p(f) - f) / f ** 2, tiny), guarded(lambda f: abs(f ** 2 / log1p(f)), tiny), 1 / mpf("1.5") - 1,
    mpf(1) / 3, 8, "(log(1+f) - f) / f^2 for 2/3 <= 1+f <= 4/3, relative to the logarithm")


def atanh_rest(s):
    return log((1 + s) / (1 - s))


low_s = 1 / (3 + 2 * root2)      # s at f = sqrt(2) - 1 is (sqrt 2 - 1)/(sqrt 2 + 1)
fit("log_f64", "f64", sqrt_z(lambda s: (atanh_rest(s) - 2 * s) / s ** 3), sqrt_z(lambda s: s ** 3 / atanh_rest(s)), 0,
    low_s ** 2 * mpf("1.01"), 6, "(log((1+s)/(1-s)) - 2s) / s^3 over z = s^2, for 1+f between sqrt(1/2) and sqrt(2)")
fit("logTail_f64", "f64", sqrt_z(lambda s: (atanh_rest(s) - 2 * s - 2 * s ** 3 / 3) / s ** 5), sqrt_z(lambda s: s ** 5 / atanh_rest(s)), 0,
    low_s ** 2 * mpf("1.01"), 7, "(log((1+s)/(1-s)) - 2s - 2/3 s^3) / s^5 over z = s^2, the same interval; for pow")

fit("tanh_f32", "f32", sqrt_z(lambda x: (tanh(x) - x) / x ** 3), sqrt_z(lambda x: x ** 3 / tanh(x)), 0, mpf("0.625") ** 2, 5,
    "(tanh(x) - x) / x^3 over z = x^2, |x| <= 0.625")

for kind, degree in (("f32", 6), ("f64", 12)):
    fit(f"erf_{kind}", kind, sqrt_z(lambda x: erf(x) / x - 1), sqrt_z(lambda x: x / erf(x)), 0, 1, degree,
        "erf(x)/x - 1 over z = x^2, |x| <= 1")
fit("erfcLog_f32", "f32", lambda x: -log(erfc(x)), lambda x: erfc(x), mpf("0.99"), mpf("4.0"), 7,
    "-log(erfc(x)) for 1 <= x <= 4, error in erf")


def erfc_scaled(t):              # t = (x - 2) / (x + 2)
    x = 2 * (1 + t) / (1 - t)
    return erfc(x) * exp(x * x)


def erfc_weight(t):
    x = 2 * (1 + t) / (1 - t)
    return exp(-x * x)


fit("erfcScaled_f64", "f64", erfc_scaled, erfc_weight, mpf(-1) / 3, mpf("0.5"), 14,
    "erfc(x) exp(x^2) over t = (x-2)/(x+2) for 1 <= x <= 6, error in erf")

quarter = pi / 4 * mpf("1.001")
for kind, degree in (("f32", 3), ("f64", 6)):
    fit(f"sin_{kind}", kind, sqrt_z(lambda r: (sin(r) - r) / r ** 3), sqrt_z(lambda r: r ** 3 / sin(r)), 0, quarter ** 2, degree,
        "(sin(r) - r) / r^3 over z = r^2, |r| <= pi/4")
    fit(f"cos_{kind}", kind, sqrt_z(lambda r: (cos(r) - 1 + r ** 2 / 2) / r ** 4), sqrt_z(lambda r: r ** 4 / cos(r)), 0, quarter ** 2, degree,
        "(cos(r) - 1 + r^2/2) / r^4 over z = r^2, |r| <= pi/4")

fit("atan_f64", "f64", sqrt_z(lambda r: (atan(r) - r) / r ** 3), sqrt_z(lambda r: r ** 3 / atan(r)), 0, (root2 - 1) ** 2 * mpf("1.001"), 11,
    "(atan(r) - r) / r^3 over z = r^2, |r| <= tan(pi/8)")

fit("expFast_f32", "f32", guarded(lambda r: expm1(r) / r, tiny), guarded(lambda r: r / exp(r), tiny), -half_ln2, half_ln2, 2,
    "(exp(r) - 1) / r for |r| <= ln(2)/2, relative to exp(r)")


def fit_fraction(name, f, largest, above, below, comment):
    """f(x) / x = p(z) / q(z) over z = x^2, q(0) = 1: p of degree `above`, q of `below`, by the same iteration on p - f q / x."""
    points = [(x * x, f(x) / x) for x in chebyshev(mpf(0), mpf(largest), 120)]
    importance, divisor = [mpf(1)] * len(points), [mpf(1)] * len(points)
    unknowns, best = above + 1 + below, None
    for _ in range(40):
        system, right = matrix(unknowns, unknowns), matrix(unknowns, 1)
        for (z, y), u, d in zip(points, importance, divisor):
            row = [z ** k / (y * d) for k in range(above + 1)] + [-z ** k / d for k in range(1, below + 1)]
            for i in range(unknowns):
                right[i] += u * row[i] / d
                for k in range(unknowns):
                    system[i, k] += u * row[i] * row[k]
        solution = lu_solve(system, right)
        top, bottom = list(solution)[:above + 1], [mpf(1)] + list(solution)[above + 1:]
        divisor = [horner(bottom, z) for z, _ in points]
        errors = [abs(horner(top, z) / d / y - 1) for (z, y), d in zip(points, divisor)]
        if best is None or max(errors) < best[0]:
            best = max(errors), top, bottom
        importance = [u * (e / max(errors) + mpf("0.001")) for u, e in zip(importance, errors)]
        importance = [u / sum(importance) for u in importance]
    error, top, bottom = best
    show(name + "Above_f32", "f32", top, f"the numerator of {comment}", error)
    show(name + "Below_f32", "f32", bottom, f"the denominator of {comment}", error)


fit_fraction("tanhFast", tanh, "5.3", 2, 2, "tanh(x)/x over z = x^2, |x| <= 5.3")
fit_fraction("erfFast", erf, "3", 2, 3, "erf(x)/x over z = x^2, |x| <= 3")

print("}  // namespace strata::coefficients")
