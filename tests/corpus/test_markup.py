"""Formulas and inline tags as text."""

from __future__ import annotations

import pytest
from lxml import etree

from kgbuild.corpus._markup import mathml_text, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<mi>x</mi>", "x"),
        ("<mi>p</mi><mo>&lt;</mo><mn>0.05</mn>", "p < 0.05"),
        ("<mo>-</mo><mn>3</mn>", "-3"),
        ("<msub><mi>H</mi><mn>2</mn></msub><mi>O</mi>", "H2O"),
        ("<msup><mi>R</mi><mn>2</mn></msup>", "R^2"),
        ("<msup><mn>10</mn><mn>6</mn></msup>", "10^6"),
        ("<msup><mi>Na</mi><mo>+</mo></msup>", "Na+"),
        ("<msup><mi>f</mi><mo>′</mo></msup>", "f′"),
        ("<msubsup><mi>SO</mi><mn>4</mn><mrow><mn>2</mn><mo>-</mo></mrow></msubsup>",
         "SO42-"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "xi^2"),
        ("<mfrac><mi>dx</mi><mi>dt</mi></mfrac>", "dx/dt"),
        ("<mfrac><mrow><mi>a</mi><mo>-</mo><mi>b</mi></mrow><mn>2</mn></mfrac>",
         "(a-b)/2"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "√(x+1)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "3√x"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", "x¯"),
        ("<munder><mi>lim</mi><mrow><mi>x</mi><mo>→</mo><mn>0</mn></mrow></munder>",
         "lim_(x → 0)"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>", "∑_i^n"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a, b)"),
        ("<mfenced open='[' close=']' separators=';'><mi>a</mi><mi>b</mi></mfenced>",
         "[a;b]"),
        ("<mtext>dose </mtext><mi>d</mi>", "dose d"),
        ("<mi>f</mi><mo>&#8289;</mo><mi>x</mi>", "fx"),
        ("<mn>2</mn><mspace/><mi>mg</mi>", "2 mg"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>"
         "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr></mtable>",
         "1, 2; 3, 4"),
        ("<semantics><mi>x</mi><annotation>\\xi</annotation></semantics>", "x"),
        ("<semantics><annotation>\\xi</annotation></semantics>", "\\xi"),
        ("<mphantom><mi>x</mi></mphantom><mi>y</mi>", "y"),
        ("<mstyle><mi mathvariant='bold'>v</mi></mstyle>", "v"),
        ("<apply><ci>a</ci><cn>2</cn></apply>", "a2"),
        # Broken formulas lose nothing.
        ("<mfrac><mi>a</mi></mfrac>", "a/"),
        ("<msup><mi>a</mi><mi>b</mi><mi>c</mi></msup>", "a^bc"),
        ("<mmultiscripts><mi>Ca</mi><none/><mrow><mn>2</mn><mo>+</mo></mrow>"
         "<mprescripts/><mn>20</mn><mn>44</mn></mmultiscripts>", "4420Ca2+"),
        ("", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "namespace", ["", " xmlns='http://www.w3.org/1998/Math/MathML'"]
)
def test_formulas(markup, text, namespace):
    assert mathml_text(etree.fromstring(f"<math{namespace}>{markup}</math>")) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("a<i/>b", "ab"),
        (" a\n\t b ", "a b"),
        ("a&#160;b&#8201;c", "a\u00a0b\u2009c"),
        ("<i><b>a</b>b<u>c</u></i>d", "abcd"),
        ("x<DispFormula><math><mi>y</mi></math></DispFormula>z", "xyz"),
        ("a<unknown>b</unknown>c", "abc"),
        ("", ""),
    ],
)
def test_inline_tags(markup, text):
    assert plain_text(etree.fromstring(f"<t>{markup}</t>")) == text


def test_comments_are_no_text_even_where_a_parser_keeps_them():
    element = etree.fromstring("<t>a<!-- no -->b<?p no?>c</t>")
    assert plain_text(element) == "abc"
