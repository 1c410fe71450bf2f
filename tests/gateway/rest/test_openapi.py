"""The OpenAPI document tells what is sent and what is answered as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from gateway.rest import ROUTES
from gateway.rest.openapi import document

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from gateway.dev.aws import Aws

UNKNOWN = "00000000-0000-4000-8000-000000000000"
MOVE = {"id": UNKNOWN, "sortOrder": "1"}
FORMS = [
    (method, route.path, {*route.files.values()} - route.files.keys())  # the names for JSON alone
    for route in ROUTES
    if route.files
    for method in route.methods
]


def success(path: str, method: str = "get", status: str = "200", **options: bool) -> dict[str, Any]:
    """The schema of an answer."""
    answer = document(**options)["paths"][path][method]["responses"][status]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema


def schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(("method", "path", "uploads"), FORMS)
async def test_an_empty_form_lacks_what_the_document_requires(
    alice: httpx.AsyncClient, create: Callable[..., Any], aws: Aws, method: str, path: str, uploads: set[str]
) -> None:
    where = path
    if "{id}" in path:
        wish = (await alice.post("/api/wishlist", json={"title": "x"})).json()["data"]
        owned = {"mocs": (await create())["id"], "wishlist": wish["id"], "users": aws.users["alice"].sub}
        where = path.format(id=owned[path.split("/")[2]])
    answer = await alice.request(method, where, files={"other": (None, "x")})
    assert answer.status_code == 400, answer.text
    form = document()["paths"][path][method.lower()]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert sorted(detail["field"] for detail in answer.json()["details"]) == sorted(form["required"])
    assert set(form["required"]) <= form["properties"].keys()
    assert not uploads & form["properties"].keys()


def test_a_form_has_files_where_json_has_their_uploads() -> None:
    form = document()["paths"]["/api/mocs/with-files"]["post"]["requestBody"]["content"]["multipart/form-data"]
    file = {"type": "string", "format": "binary"}
    properties = form["schema"]["properties"]
    assert properties["images"] == {"type": "array", "items": file, "minItems": 0, "maxItems": 3}
    assert (properties["instructionsFile"]["minItems"], properties["instructionsFile"]["maxItems"]) == (1, 10)
    form = document()["paths"]["/api/users/{id}/avatar"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["properties"] == {
        "avatar": {**file, "description": "A file of any other field is taken for this one."}
    }


@pytest.mark.parametrize(
    ("path", "name", "word", "accepted"),
    [
        ("/api/mocs", "page", "maximum", "page={}&limit=1"),
        ("/api/images", "search", "maxLength", "search={}"),
        ("/api/mocs/search", "q", "maxLength", "q={}"),
        ("/api/mocs/search", "from", "maximum", "from={}"),
        ("/api/mocs/search", "size", "maximum", "size={}"),
        ("/api/wishlist/search", "search", "maxLength", "search={}"),
        ("/api/wishlist/search", "q", "maxLength", "q={}"),
    ],
)
async def test_a_parameter_has_the_bound_that_the_document_tells(
    alice: httpx.AsyncClient, path: str, name: str, word: str, accepted: str
) -> None:
    parameters = {parameter["name"]: parameter for parameter in document()["paths"][path]["get"]["parameters"]}
    bound = parameters[name]["schema"][word]
    for value, status in ((bound, 200), (bound + 1, 400)):
        query = accepted.format("x" * value if word == "maxLength" else value)
        answer = await alice.get(f"{path}?{query}")
        assert answer.status_code == status, answer.text
    assert answer.json()["details"][0]["field"] == name


@pytest.mark.parametrize(
    ("path", "rest", "choice"),
    [
        ("/api/mocs/{id}/files", {"fileType": "thumbnail"}, {"uploadId": UNKNOWN, "uploadIds": [UNKNOWN]}),
        (
            "/api/mocs/with-files",
            {"type": "moc", "title": "Harbour"},
            {"uploadId": UNKNOWN, "uploadIds": [UNKNOWN], "instructionsFile": [UNKNOWN]},
        ),
        (
            "/api/wishlist/reorder",
            {},
            {"itemIds": [UNKNOWN], "items": [MOVE], "itemOrders": [MOVE]},
        ),
    ],
)
def test_a_body_has_one_of_the_names_for_what_it_needs(path: str, rest: dict[str, Any], choice: dict[str, Any]) -> None:
    body = document()["paths"][path]["post"]["requestBody"]
    shape = body["content"]["application/json"]["schema"]
    taken = Draft202012Validator({**shape, "components": document()["components"]})
    assert body["required"] is True
    assert not taken.is_valid(rest)
    for name, value in choice.items():
        taken.validate(rest | {name: value})
        assert not taken.is_valid(rest | {name: 7})
    assert "deprecated" not in shape["properties"].get("uploadId", {})


def test_a_form_may_name_uploads_for_instructions_that_it_does_not_bring() -> None:
    form = document()["paths"]["/api/mocs/with-files"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["anyOf"] == [{"required": ["instructionsFile"]}, {"required": ["uploadIds"]}]


def test_words_that_a_field_takes_are_told() -> None:
    body = document()["paths"]["/api/mocs/{id}/files"]["post"]["requestBody"]["content"]
    for kind in ("application/json", "multipart/form-data"):
        words = ["instruction", "parts-list", "thumbnail", "gallery-image"]
        assert body[kind]["schema"]["properties"]["fileType"]["enum"] == words


def test_what_answers_are_made_of_has_names() -> None:
    moc = schema("Moc")
    assert success("/api/mocs")["properties"]["data"]["items"] == moc
    assert success("/api/mocs", "post", "201")["properties"]["data"]["$ref"] == moc["$ref"]
    detail = success("/api/mocs/{id}")["properties"]["data"]
    assert detail["allOf"][0] == moc
    assert list(detail["allOf"][1]["properties"]) == ["files", "images", "partsLists"]
    assert detail["allOf"][1]["properties"]["partsLists"]["items"] == schema("MocPartsList")
    file = success("/api/mocs/{id}/files", "post", "201")["properties"]["file"]
    assert (file["anyOf"][0]["allOf"][0], file["anyOf"][1]) == (schema("MocFile"), {"type": "null"})
    kinds = success("/api/gallery")["properties"]["items"]["items"]["anyOf"]
    assert [kind["allOf"][0] for kind in kinds] == [schema("GalleryAlbum"), schema("GalleryImage")]
    uploaded = document()["components"]["schemas"]["PartsListUpload"]["properties"]
    assert uploaded["partsList"]["$ref"] == schema("MocPartsList")["$ref"]
    assert list(uploaded["moc"]["properties"]) == ["id", "totalPieceCount"]


def test_every_name_is_of_a_shape_and_every_shape_of_a_name() -> None:
    text = json.dumps(document())
    for name in document()["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, name
    assert "x-type" not in text


async def test_the_document_tells_of_old_keys_where_there_are_some(
    alice: httpx.AsyncClient, process: Callable[..., httpx.AsyncClient]
) -> None:
    assert success("/api/mocs")["properties"]["mocs"]["deprecated"] is True
    assert "mocs" not in success("/api/mocs", aliases=False)["properties"]
    assert (await alice.get("/openapi.json")).json() == document()
    assert (await process(legacy_aliases=False).get("/openapi.json")).json() == document(aliases=False)
