"""Dumps and versions: files that follow from the version, served at stable addresses."""

import base64
import gzip
import hashlib
import json

import httpx
import pyoxigraph as ox
import pytest
from nanopub import Nanopub

from entente import vocab
from entente.history import list_versions
from entente.pipeline.build import BuildOptions, build
from entente.pipeline.dumps import DUMPS, write_dumps
from entente.snapshot import open_snapshot
from serving import run_entente, serving, write_data
from small_graph import CLAIMS, write_small_graph

BASE = vocab.BASE
NAMES = [dump.name for dump in DUMPS]
FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "ttl": ox.RdfFormat.TURTLE,
}
#: A denial, and a claim with a value.
MORE_CLAIMS = """
  claim:gmf-2023-003 skos:prefLabel "Australia is no member of the CCDCOE"@en ;
    ent:subject id:australia ; ent:predicate ent:memberOf ; ent:object id:ccdcoe ;
    ent:polarity voc:denied ; ent:evidence gmf:0-45 .
  claim:gmf-2023-004 skos:prefLabel "The CCDCOE has 39 members"@en ;
    ent:subject id:ccdcoe ; ent:predicate ent:memberCount ; ent:value 39 ; ent:evidence gmf:0-45 .
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Three versions, of which two are kept; the newest has the most claims."""
    root = tmp_path_factory.mktemp("snapshot")
    for number, claims in enumerate(
        (CLAIMS.split("  claim:gmf-2023-002")[0], CLAIMS, CLAIMS + MORE_CLAIMS)
    ):
        folder = write_small_graph(tmp_path_factory.mktemp(f"graph{number}"), claims=claims)
        build(folder, root, lambda *_: None, BuildOptions(checked=False, keep=2))
    return root


@pytest.fixture(scope="module")
def client(root):
    with (
        serving("--snapshot", root, "--deadline-s", "60") as server,
        httpx.Client(base_url=server.home, timeout=90) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def version(root):
    return open_snapshot(root).version


def read(client, version, name):
    return client.get(f"/dumps/{version}/{name}").content


def home(client):
    return str(client.base_url).rstrip("/")


def quads_of(content, name):
    return set(ox.parse(content, format=FORMATS[name.rpartition(".")[2]]))


@pytest.mark.parametrize("name", NAMES)
def test_a_dump_has_the_hash_and_the_size_that_the_version_tells(client, version, name):
    content = read(client, version, name)
    told = client.get(f"/version/{version}.ttl").content

    store = ox.Store()
    store.load(told, format=ox.RdfFormat.TURTLE)
    rows = store.query(
        "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX spdx: <http://spdx.org/rdf/terms#> "
        "SELECT ?url ?size ?sum ?type { "
        f"<{BASE}version/{version}> dcat:distribution <{BASE}dumps/{version}/{name}> . "
        f"<{BASE}dumps/{version}/{name}> dcat:downloadURL ?url ; dcat:byteSize ?size ; "
        "dcat:mediaType ?type ; spdx:checksum [ spdx:checksumValue ?sum ; "
        "spdx:algorithm spdx:checksumAlgorithm_sha256 ] }"
    )
    ((url, size, checksum, _),) = rows
    assert url.value == f"{home(client)}/dumps/{version}/{name}"
    assert int(size.value) == len(content)
    assert checksum.value == hashlib.sha256(content).hexdigest()


def test_the_hash_of_the_n_quads_is_the_version(client, version):
    assert hashlib.sha256(read(client, version, "entente.nq")).hexdigest() == version


@pytest.mark.parametrize("name", ["entente.trig", "entente.jsonld"])
def test_other_forms_of_the_data_set_say_the_same(client, version, name):
    whole, other = ox.Dataset(), ox.Dataset()
    for target, dump in ((whole, "entente.nq"), (other, name)):
        for quad in quads_of(read(client, version, dump), dump):
            target.add(quad)
        target.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)

    assert set(other) == set(whole)


def test_the_turtle_is_the_default_graph(client, version):
    whole = quads_of(read(client, version, "entente.nq"), "entente.nq")
    default = {q for q in whole if isinstance(q.graph_name, ox.DefaultGraph)}

    turtle = quads_of(read(client, version, "entente.ttl"), "entente.ttl")

    assert len(turtle) == len(default)


def test_claims_reify_their_triples_in_rdf_12_and_nowhere_else(client, version):
    reifies = ox.NamedNode(vocab.RDF + "reifies")
    said = quads_of(read(client, version, "entente-rdf12.ttl"), "entente-rdf12.ttl")
    by_claim = {
        q.subject.value.removeprefix(vocab.CLAIM): q.object for q in said if q.predicate == reifies
    }

    denied = ox.Triple(
        ox.NamedNode(vocab.ID + "australia"),
        ox.NamedNode(vocab.ENT + "memberOf"),
        ox.NamedNode(vocab.ID + "ccdcoe"),
    )
    assert by_claim["gmf-2023-003"] == by_claim["gmf-2023-001-australia"] == denied
    assert by_claim["gmf-2023-004"].object == ox.Literal(39)
    assert len(by_claim) == 5
    assert not any(q.triple == denied for q in said), "what is denied is not asserted"
    others = [name for name in NAMES if name != "entente-rdf12.ttl"]
    assert [name for name in others if b"reifies" in read(client, version, name)] == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # nanopub-py's own use of rdflib
def test_nanopub_py_finds_each_claim_a_valid_nanopublication(client, version, tmp_path):
    nanopubs = {}
    for quad in quads_of(read(client, version, "entente-nanopubs.trig"), "x.trig"):
        nanopubs.setdefault(quad.graph_name.value.rpartition("/")[0], []).append(quad)

    assert len(nanopubs) == 5
    for iri, quads in nanopubs.items():
        path = tmp_path / "one.trig"
        path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.TRIG))
        nanopub = Nanopub(rdf=path)
        assert nanopub.is_valid
        assert str(nanopub.metadata.np_uri) == iri
        assert len(nanopub.assertion) > 5


def test_a_nanopublication_answers_at_its_own_name(client):
    lead = client.get("/nanopub/gmf-2023-003", headers={"Accept": "application/trig"})
    said = quads_of(client.get(lead.headers["location"]).content, "x.trig")
    of_part = client.get("/nanopub/gmf-2023-003/assertion.trig")

    assert lead.status_code == 303
    graphs = {quad.graph_name.value.removeprefix(vocab.NANOPUB) for quad in said}
    parts = ("head", "assertion", "provenance", "pubinfo")
    assert graphs == {f"gmf-2023-003/{part}" for part in parts}
    assert quads_of(of_part.content, "x.trig") == said
    assert client.get("/nanopub/gmf-2023-999").status_code == 404


def test_two_processes_write_the_same_bytes(root, version, tmp_path):
    copy = tmp_path / version
    copy.mkdir()
    (copy / "dataset.nq").write_bytes((root / version / "dataset.nq").read_bytes())

    said = run_entente("dump", "--snapshot", root).stdout

    assert [line.split()[0] for line in said.splitlines()] == [f.sha256 for f in write_dumps(copy)]


def test_a_dump_comes_compressed_where_the_client_reads_that(client, version):
    address = f"/dumps/{version}/entente.ttl"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address, headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in plain.headers["vary"]
    digest = base64.b64encode(hashlib.sha256(plain.content).digest()).decode()
    assert plain.headers["repr-digest"] == f"sha-256=:{digest}:"


def test_head_says_what_get_gives_and_a_client_that_has_it_gets_nothing(client, version):
    address = f"/dumps/{version}/entente.nq"
    plain = {"Accept-Encoding": "identity"}
    head, whole = client.head(address, headers=plain), client.get(address, headers=plain)
    again = client.get(address, headers=plain | {"If-None-Match": whole.headers["etag"]})

    same = ("content-length", "content-type", "etag", "cache-control", "accept-ranges")
    assert head.content == b""
    assert {n: head.headers[n] for n in same} == {n: whole.headers[n] for n in same}
    assert whole.headers["content-type"] == "application/n-quads"
    assert "immutable" in whole.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_part_comes_by_range(client, root, version, encoding):
    address = f"/dumps/{version}/entente.nq"
    asked = {"Accept-Encoding": encoding, "Range": "bytes=1000-1999"}
    with client.stream("GET", address, headers=asked) as response:
        part = b"".join(response.iter_raw())

    path = root / version / "dumps" / "entente.nq.gz"
    whole = path.read_bytes() if encoding == "gzip" else gzip.decompress(path.read_bytes())
    assert (response.status_code, part) == (206, whole[1000:2000])
    assert response.headers["content-range"] == f"bytes 1000-1999/{len(whole)}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=99999999999-"}, 416),
        ({"Range": "bytes=0-1,5-6"}, 200),
        ({"Range": "lines=1-2"}, 200),
        ({"Range": "bytes=0-9", "If-Range": '"other"'}, 200),
    ],
)
def test_a_range_that_does_not_fit_is_told_or_left(client, version, headers, status):
    response = client.get(f"/dumps/{version}/entente.ttl", headers=headers)

    assert response.status_code == status


def test_latest_leads_to_the_version_in_service(client, version):
    dump = client.get("/dumps/latest/entente.ttl")
    about = client.get("/version/latest.ttl")

    assert (dump.status_code, dump.headers["location"]) == (302, f"/dumps/{version}/entente.ttl")
    assert (about.status_code, about.headers["location"]) == (302, f"/version/{version}.ttl")


def test_older_versions_are_there_until_they_are_gone(client, root):
    newest, older, oldest = (past.version for past in list_versions(root))

    assert client.get(f"/dumps/{older}/entente.nq").status_code == 200
    assert read(client, older, "entente.nq") != read(client, newest, "entente.nq")
    for address in (f"/dumps/{oldest}/entente.nq", f"/version/{oldest}", f"/version/{oldest}.ttl"):
        response = client.get(address)
        assert (response.status_code, response.json()["type"]) == (
            410,
            f"{BASE}problem/version-gone",
        )
        assert "`entente build`" in response.json()["suggestion"]


@pytest.mark.parametrize(
    "address",
    [
        "/dumps/{}/entente.exe",
        "/dumps/{}/dumps.json",
        "/dumps/{}/..%2Fdataset.nq",
        "/dumps/..%2F..%2Fetc/passwd",
        "/dumps/current/entente.nq",
        "/dumps/0000000000000000/entente.nq",
        "/version/0000000000000000.ttl",
        "/version/current",
        "/dumps/",
    ],
)
def test_what_never_was_is_not_found(client, version, address):
    response = client.get(address.format(version))

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_the_catalogue_lists_versions_and_dumps_beside_the_counts(client, root, version):
    lead = client.get("/.well-known/void", headers={"Accept": "text/turtle"})
    store = ox.Store()
    response = client.get(
        lead.headers["location"], headers={"Accept": "text/turtle"}, follow_redirects=True
    )
    store.load(response.content, format=ox.RdfFormat.TURTLE)

    def objects(name):
        found = store.quads_for_pattern(ox.NamedNode(BASE + "dataset"), ox.NamedNode(name), None)
        return {quad.object.value for quad in found}

    kept = {past.version for past in list_versions(root) if past.kept}
    dcat = vocab.PREFIXES["dcat"]
    assert objects(dcat + "hasVersion") == {f"{BASE}version/{each}" for each in kept}
    assert objects(dcat + "distribution") == {f"{BASE}dumps/{version}/{name}" for name in NAMES}
    assert objects(vocab.PREFIXES["void"] + "classPartition")
    dumps = objects(vocab.PREFIXES["void"] + "dataDump")
    there = [url for url in dumps if url.startswith(home(client))]
    assert len(there) == len(NAMES)
    assert {client.head(url).status_code for url in there} == {200}


def test_the_catalogue_is_a_page_too(client, version):
    catalogue = client.get("/catalog.html")
    about = client.get(f"/version/{version}.html")

    assert (catalogue.status_code, about.status_code) == (200, 200)
    assert f'href="/version/{version}.html"' in catalogue.text
    assert f'href="{home(client)}/dumps/{version}/entente.ttl"' in about.text


def test_dumps_that_cannot_be_written_are_an_error_that_says_what_to_do(tmp_path, root):
    version = open_snapshot(root).version
    for name in ("dataset.nq", "manifest.json"):
        target = tmp_path / version / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((root / version / name).read_bytes())
    (tmp_path / "current").symlink_to(version)
    (tmp_path / version / "dumps").write_text("in the way")
    with serving("--snapshot", tmp_path, "--deadline-s", "60") as server:
        response = httpx.get(f"{server.home}/dumps/{version}/entente.nq", timeout=90)

    assert response.status_code == 500
    assert "`entente dump`" in response.json()["suggestion"]


def test_data_of_somebody_else_have_no_dumps(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        statuses = {
            path: httpx.get(server.home + path).status_code
            for path in ("/dumps/latest/entente.nq", "/version/latest", "/catalog")
        }

    assert set(statuses.values()) == {404}


def test_dump_writes_what_is_not_there(tmp_path, root):
    done = run_entente("dump", "previous", "--snapshot", root)

    assert done.returncode == 0
    assert [line.split()[-1].rpartition("/")[2] for line in done.stdout.splitlines()] == [
        f"{name}.gz" for name in NAMES
    ]
    older = list_versions(root)[1].version
    table = json.loads((root / older / "dumps" / "dumps.json").read_text())
    assert [row["name"] for row in table] == NAMES


def test_dump_of_a_version_that_is_gone_says_how_to_make_it_again(root):
    oldest = list_versions(root)[2].version
    done = run_entente("dump", oldest[:12], "--snapshot", root)

    assert (done.returncode, done.stdout) == (2, "")
    assert "is kept no longer; check out the revision" in done.stderr
