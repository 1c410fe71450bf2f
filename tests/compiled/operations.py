"""Operations on the zoo, as data: documents, some with variables."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

Operation = tuple[str, dict[str, Any]]


def _each(query: str, *variables: dict[str, Any]) -> list[Operation]:
    """One document with several sets of variables."""
    return [(query, one) for one in variables]


PLAIN = [
    "{ hello }",
    "query Named { hello }",
    "{ __typename }",
    "{ __typename hello again: __typename }",
    '{ hello(name: "Ada") }',
    '{ a: hello b: hello(name: "b") c: hello(title: null) }',
    "{ hello hello hello }",
    "{ node { depth } }",
    "{ node { depth depth text a: depth b: depth } }",
    "{ node { __typename } }",
    "{ node { depth } node { text } }",
    "{ node { child { depth } } node { child { text } } }",
    "{ node { child { child { child { child { depth __typename } } } } } }",
    "{ node { children { depth text } } }",
    "{ node { children(count: 0) { depth } } }",
    "{ node { children(count: 3) { children(count: 2) { depth text children { __typename } } } } }",
    "{ b: node { z: text a: depth m: maybe } a: node { m: maybe a: depth } }",
    "{ tree }",
    "{ tree(number: 2) }",
    "{ path }",
    "query Q($x: Int = 1) { first: path path node { children(count: $x) { depth } } }",
    "{ node { generated noList } }",
    "{ nodeOrNull(there: false) { depth child { text } } }",
    "{ nodeOrNull { depth child { text } } }",
    "{ __schema { queryType { name fields { name args { name defaultValue type { kind ofType { name } } } } } } }",
    '{ __type(name: "Node") { name kind fields(includeDeprecated: true) { name type { ...T } } } } fragment T on __Type { name kind }',
    '{ __type(name: "Nothing") { name } hello }',
    '{ __type(name: "Pet") { possibleTypes { name interfaces { name } } enumValues { name } } }',
]

_ON_MORE = " fragment OnMore on Node { text maybe again: depth }"
_ON_NODE = f" fragment OnNode on Node {{ depth text ...OnMore }}{_ON_MORE}"
_ON_ANIMAL = " fragment OnAnimal on Animal { name age shout }"
_ON_CAT = f" fragment OnCat on Cat {{ meows color ...OnAnimal }}{_ON_ANIMAL}"

FRAGMENTS = [
    f"{{ node {{ ...OnNode }} }}{_ON_NODE}",
    f"{{ node {{ text ...OnNode child {{ ...OnNode ...OnMore }} }} }}{_ON_NODE}",
    f"{{ node {{ ...OnMore ...OnMore ...OnNode }} }}{_ON_NODE}",
    "{ node { ... on Node { depth ... { text ... on Node { depth maybe } } } } }",
    "{ node { ... { depth } } }",
    "{ ... on Query { hello node { depth } } node { text } }",
    "{ node { pets { __typename ... on Cat { name meows } ... on Dog { name barks } } } }",
    "{ node { pets { ... on Animal { name shout } ... on Cat { color } } } }",
    f"{{ node {{ pets {{ ...OnCat ... on Dog {{ ...OnAnimal loaded }} }} }} }}{_ON_CAT}",
    "{ node { pets { ... on Cat { name } } } }",
    "{ node { animals { name shout(times: 2) ... on Cat { color loaded } ... on Dog { later loaded } } } }",
    f"{{ node {{ animals {{ ...OnCat ...OnAnimal __typename }} }} }}{_ON_CAT}",
    "{ node { animals { friend { name friend { name friend { __typename age } } } } } }",
    '{ node { animal(kind: "cat") { name ... on Dog { barks } ... on Cat { meows } } } }',
    f'{{ node {{ animal(kind: "none") {{ name }} other: animal(kind: "dog") {{ ...OnAnimal }} }} }}{_ON_ANIMAL}',
    '{ node { animal(kind: "other") { name } depth } }',
    "{ node { strangePet { __typename } depth } }",
]

DIRECTIVES: list[Operation] = [
    (query, variables)
    for query, choices in [
        ("query Q($a: Boolean!) { hello @skip(if: $a) node { depth } }", 1),
        ("query Q($a: Boolean!) { hello @include(if: $a) }", 1),
        ("query Q($a: Boolean!, $b: Boolean!) { hello @include(if: $a) @skip(if: $b) x: hello }", 2),
        (
            "query Q($a: Boolean!, $b: Boolean!) { node { ... on Node @include(if: $a) { text } depth @skip(if: $b) } }",
            2,
        ),
        ("query Q($a: Boolean!) { node { ...F @skip(if: $a) text } } fragment F on Node { depth }", 1),
        (
            "query Q($a: Boolean!, $b: Boolean!) { node { ...F } } fragment F on Node { depth @skip(if: $a) text @include(if: $b) }",
            2,
        ),
        (
            "query Q($a: Boolean!) { node { children { depth @skip(if: $a) children { text @include(if: $a) depth } } } }",
            1,
        ),
        ("query Q($a: Boolean!) { node { ... @include(if: $a) { lateSurely } depth } }", 1),
        ("query Q($a: Boolean!) { node @skip(if: $a) { depth } }", 1),
    ]
    for variables in (dict(zip("ab", values, strict=False)) for values in product([True, False], repeat=choices))
] + [
    ("{ hello @skip(if: true) node { depth @include(if: false) text @include(if: true) } }", {}),
    ("{ hello @skip(if: false) @include(if: true) }", {}),
    ("query Q($a: Boolean = true) { hello @skip(if: $a) x: hello }", {}),
    ("query Q($a: Boolean = true) { hello @skip(if: $a) x: hello }", {"a": False}),
    ("query Q($a: Boolean = true) { hello @skip(if: $a) x: hello }", {"a": None}),
    ("query Q($a: Boolean = true) { node { child { text @include(if: $a) } depth } }", {"a": None}),
]

_NUMBERS, _COUNTED = "$color: Color! = RED, $id: ID! = 3, $ratio: Float!, $n: Int = 3", "children(count: $n) { depth }"
_LISTS, _EVEN = '$title: String = "Dr", $c: [Color!], $i: [Inner], $e: Even, $s: Size = small', "even(number: $e)"
ARGUMENTS: list[Operation] = [
    *(
        (f"{{ echo(given: {given}) }}", {})
        for given in [
            '{text: "x"}',
            '{text: "x", size: large}',
            '{text: "x", inner: {}}',
            '{text: "x", inner: {numbers: [1, 2, null], color: RED, id: 5}}',
            '{text: "x", inner: {numbers: 7, color: null, id: "a", inner: {inner: {color: BLUE}}}}',
            '{text: "x", inners: [{}, {color: RED}]}',
            '{text: "x", inners: {color: BLUE}}',
            '{text: "x", inners: null, optional: null, flag: null}',
            '{text: "x", optional: 1.5, flag: false, even: 4, rows: [[1], [2, 3], []]}',
            '{text: "x", rows: 1}',
            "null",
        ]
    ),
    ("{ echo }", {}),
    ("{ echoes }", {}),
    ('{ echoes(colors: RED, size: small, ids: [1, "b"], inners: [null, {}], ratio: 2, even: 2, from: 3) }', {}),
    ("{ echoes(colors: [RED, BLUE], size: null, ids: null, ratio: -1.25) }", {}),
    *_each(
        "query Q($given: Everything) { echo(given: $given) }",
        {},
        {"given": None},
        {"given": {"text": "x"}},
        {"given": {"text": "x", "size": "large", "inner": {"numbers": [1, None], "color": "BLUE", "id": 7}}},
        {
            "given": {
                "text": "x",
                "inners": [{}, {"inner": {"inner": {}}}],
                "rows": [[1]],
                "even": 6,
                "optional": None,
            }
        },
        {"given": {"text": "x", "inners": {"numbers": 3}}},
        {"given": {}},
        {"given": {"text": 5}},
        {"given": {"text": "x", "size": "huge"}},
        {"given": {"text": "x", "unknown": 1, "even": 3}},
        {"given": {"text": "x", "even": 3}},
        {"given": {"text": None, "inner": None, "rows": [[None], 1.5]}},
        {"given": "text"},
        {"given": [1]},
        {"other": 1},
    ),
    *_each(
        f"query Q({_NUMBERS}) {{ echoes(colors: [$color, RED], ids: [$id], ratio: $ratio, from: $n) node {{ {_COUNTED} }} }}",
        {"ratio": 1},
        {"ratio": 1.5, "color": "GREEN", "id": 1, "n": 1},
        {"ratio": 1.5, "color": None, "id": None},
        {"ratio": "1.5"},
        {},
        {"ratio": None},
        {"ratio": 10**400},
        {"ratio": float("nan")},
        {"ratio": 1, "n": None},
        {"ratio": 1, "n": 2**31},
        {"ratio": 1, "n": 1.0},
        {"ratio": 1, "n": True},
        {"ratio": True, "color": "PINK", "id": True, "n": "1"},
    ),
    *_each(
        f"query Q({_LISTS}) {{ hello(title: $title) echoes(colors: $c, inners: $i, even: $e, size: $s) node {{ {_EVEN} }} }}",
        {},
        {"title": None, "c": ["RED"], "i": [None, {"color": "RED"}], "e": 2, "s": "large"},
        {"c": "GREEN", "i": {}, "s": None},
        {"c": [None]},
        {"c": [["RED"]]},
        {"e": "2"},
        {"e": 3},
        {"i": [{"numbers": ["x", 1]}, 5]},
        {"title": ["a"]},
    ),
    ('query Q($name: String! = "default") { hello(name: $name) }', {}),
    ('query Q($name: String! = "default") { hello(name: $name) }', {"name": None}),
    ('query Q($name: String = "default") { hello(name: $name) }', {}),
    ('query Q($name: String = "default") { hello(name: $name) node { depth } }', {"name": None}),
    ("query Q($text: String!, $n: [Int]) { echo(given: {text: $text, inner: {numbers: $n}}) }", {"text": "t"}),
    (
        "query Q($text: String!, $n: [Int]) { echo(given: {text: $text, inner: {numbers: $n}}) }",
        {"text": "t", "n": [None, 2]},
    ),
    ("query Q($text: String!, $id: ID) { echo(given: {text: $text, inner: {id: $id}}) }", {"text": "t", "id": "i"}),
    ("query Q($text: String!, $id: ID) { echo(given: {text: $text, inner: {id: $id}}) }", {"text": "t", "id": None}),
]

ERRORS = [
    "{ node { nothing } }",
    "{ nodeOrNull { nothing depth } }",
    "{ nodeOrNull { child { child { nothing } } } hello }",
    "{ node { children { maybe nothing } } }",
    "{ nodeOrNull { children { depth late } } }",
    "{ nodeOrNull { children { depth lateSurely fine } } }",
    "{ node { wrong } }",
    "{ nodeOrNull { wrong depth } }",
    "{ nodeOrNull { noList depth } }",
    "{ node { returnedError depth } }",
    "{ node { mixed } }",
    "{ nodeOrNull { mixed } }",
    "{ node { mixedSurely { depth } } }",
    "{ node { mixedSurely { depth late(turns: 3) } depth } }",
    "{ node { child { even } } }",
    "{ node { even child { even child { even } } } }",
    "{ node { even(number: 4) } }",
    "{ node { secret a: secret(trust: true) b: secret(trust: false) } }",
    "{ nodeOrNull { locked } }",
    "{ nodeOrNull { secret locked depth } }",
    "{ node { soon { soon { soon { late } } } } }",
    "{ node { surelySoon { surelySoon(turns: 3) { lateSurely } } soon { fine } } }",
    "{ nodeOrNull { surelySoon(turns: 3) { nothing } soon(turns: 1) { late(turns: 0) fine(turns: 5) } } }",
    "{ a: nodeOrNull { lateSurely(turns: 3) } b: nodeOrNull { lateSurely(turns: 1) } c: nodeOrNull { earlySurely } }",
    "{ a: nodeSoon { late(turns: 3) } b: nodeOrNull { late(turns: 1) early } c: nodeSoon { lateSurely(turns: 5) } }",
    "{ nodeSoon { children(count: 3) { surelySoon { late(turns: 2) early } } } }",
    "{ nodeOrNull { children(count: 3) { soon { children { lateSurely(turns: 2) fine(turns: 4) } } early } } }",
]

LOADING = [
    '{ node { load(key: "a") } }',
    '{ node { a: load(key: "a") b: load(key: "b") c: load(key: "a") } }',
    '{ node { load(key: "missing") loaded(key: "b") } }',
    '{ node { loaded(key: "missing") depth } }',
    '{ node { children(count: 4) { load(key: "a") x: load(key: "x") loaded(key: "b") } } }',
    '{ node { load(key: "a") child { load(key: "b") child { loaded(key: "c") } } } }',
    '{ node { soon { load(key: "a") } load(key: "b") child { soon(turns: 0) { load(key: "c") } } } }',
    '{ node { soon { loaded(key: "a") soon { loaded(key: "b") } } children { soon { loaded(key: "c", turns: 2) } } } }',
    '{ a: node { loaded(key: "a") } b: nodeSoon { loaded(key: "b") } c: node { load(key: "c") children { load(key: "d") } } }',
    '{ node { pets { ... on Cat { loaded } ... on Dog { loaded later } } loaded(key: "z") } }',
    '{ node { animals { friend { ... on Dog { loaded later } } ... on Cat { loaded } } load(key: "y") } }',
    '{ node { children(count: 3) { children(count: 2) { loaded(key: "deep") load(key: "flat") } soon { load(key: "soon") } } } }',
    '{ node { children { a: loaded(key: "missing") fine } load(key: "b") } }',
]

MUTATIONS: list[Operation] = [
    ("mutation { add { total } }", {}),
    ("mutation { a: add(number: 1, turns: 5) { total later } b: add(number: 2, turns: 0) { total later } }", {}),
    (
        "mutation { a: add(number: 1, turns: 5) { total } b: addNow(number: 2) { total later } c: add(number: 3) { later } }",
        {},
    ),
    ("mutation { __typename addNow { total } }", {}),
    ("mutation { a: add { total } fail { total } b: add { total } }", {}),
    ("mutation { a: add { total } failSurely { total } b: add { total } }", {}),
    ("mutation { failSurely { total } b: add { total } }", {}),
    ('mutation { x: fail(label: "x") { total } y: fail(label: "y") { total later } add { total __typename } }', {}),
    (
        "mutation M($n: Int!, $skip: Boolean!) { add(number: $n) @skip(if: $skip) { total } addNow { later } }",
        {"n": 3, "skip": True},
    ),
    (
        "mutation M($n: Int!, $skip: Boolean!) { add(number: $n) @skip(if: $skip) { total } addNow { later } }",
        {"n": 3, "skip": False},
    ),
    ("mutation M($n: Int!) { add(number: $n) { total } }", {"n": "3"}),
    ('mutation { create(given: {text: "t"}) }', {}),
    ("mutation M($given: Everything!) { create(given: $given) }", {"given": {"text": "t", "inner": {"color": "RED"}}}),
    ("mutation M($given: Everything!) { create(given: $given) }", {"given": {"text": "t", "inner": {"color": "PINK"}}}),
    ("mutation M($given: Everything!) { create(given: $given) }", {}),
]

# What fails or takes its time, next to each other in every order, where null may stay and where it goes up.
_SIBLINGS = [
    "early",
    "late",
    "l0: late(turns: 0)",
    "l3: lateSurely(turns: 3)",
    "earlySurely",
    "fine(turns: 2)",
    'load(key: "missing")',
    "nothing",
    "soon { late(turns: 1) lateSurely(turns: 2) }",
    "locked",
    "s: secret",
    "children { late depth }",
]
SIBLINGS = [f"{{ nodeOrNull {{ {first} depth {second} }} hello }}" for first, second in permutations(_SIBLINGS, 2)] + [
    f"{{ a: nodeOrNull {{ {first} }} nodeSoon {{ soon {{ {second} }} {third} }} }}"
    for first, second, third in [*permutations(_SIBLINGS, 3)][::11]
]

ALL: list[Operation] = [
    *((query, {}) for query in PLAIN + FRAGMENTS + ERRORS + LOADING + SIBLINGS),
    *DIRECTIVES,
    *ARGUMENTS,
    *MUTATIONS,
]
