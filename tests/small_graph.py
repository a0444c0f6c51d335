"""A graph of one source, two claims and a handful of entities, for tests of the pipeline."""

import hashlib
from pathlib import Path

from entente.files import graph_files

PREFIXES = """PREFIX ent: <https://w3id.org/entente/ontology/>
PREFIX voc: <https://w3id.org/entente/vocabulary/>
PREFIX id: <https://w3id.org/entente/id/>
PREFIX src: <https://w3id.org/entente/source/>
PREFIX claim: <https://w3id.org/entente/claim/>
PREFIX graph: <https://w3id.org/entente/graph/>
PREFIX gmf: <https://w3id.org/entente/source/gmf-2023/char/>
PREFIX spf: <https://w3id.org/entente/source/spf-2024/char/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""

TEXT = "Japan and Australia joined the centre in 2022. NATO counts Japan.\n"

ENTITIES = (
    PREFIXES
    + """
id:japan a ent:State ; skos:prefLabel "Japan"@en ; skos:definition "A state."@en .
id:australia a ent:State ; skos:prefLabel "Australia"@en ; skos:definition "A state too."@en .
id:nato a ent:Alliance ; skos:prefLabel "NATO"@en ; skos:definition "An alliance."@en .
id:ccdcoe a ent:CentreOfExcellence ; skos:prefLabel "CCDCOE"@en ;
  skos:definition "A centre."@en .
id:authors-of-gmf-2023 a ent:Group ; skos:prefLabel "Authors of the GMF text"@en ;
  skos:definition "Those who wrote it."@en .
"""
)

SOURCES = (
    PREFIXES
    + f"""
src:gmf-2023 a ent:Source ; skos:prefLabel "GMF text"@en ; skos:definition "A text."@en ;
  dcterms:title "A text"@en ; dcterms:issued "2023-06-26"^^xsd:date ; ent:length 66 ;
  ent:sha256 "{hashlib.sha256(TEXT.encode()).hexdigest()}" .
"""
)

CLAIMS = """
  claim:gmf-2023-001 skos:prefLabel "Two states are members of the CCDCOE"@en ;
    ent:subject id:japan , id:australia ; ent:predicate ent:memberOf ; ent:object id:ccdcoe ;
    ent:notBefore "2022-01-01"^^xsd:date ; ent:notAfter "2022-12-31"^^xsd:date ;
    ent:evidence gmf:0-45 .
  claim:gmf-2023-002 skos:prefLabel "NATO takes Japan for a partner"@en ;
    ent:subject id:nato ; ent:predicate ent:regardsAsPartner ; ent:object id:japan ;
    ent:evidence gmf:47-64 .
"""


def write_small_graph(
    folder: Path,
    *,
    claims: str = CLAIMS,
    entities: str = ENTITIES,
    extra_ontology: str = "",
    others: str = "",
) -> Path:
    """Write the small graph, with other claims or entities, or another text's claims."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("shapes", "queries"):
        (folder / name).symlink_to(graph_files() / name)
    _write(folder / "data/entities/all.ttl", entities)
    _write(folder / "data/sources.ttl", SOURCES)
    trig = f"{PREFIXES}\ngraph:gmf-2023 {{{claims}}}\n"
    _write(folder / "data/claims/gmf-2023.trig", trig)
    if others:
        trig = f"{PREFIXES}\ngraph:spf-2024 {{{others}}}\n"
        _write(folder / "data/claims/spf-2024.trig", trig)
    for path in (graph_files() / "ontology").rglob("*.ttl"):
        if "alignments" not in path.parts:
            target = folder / "ontology" / path.relative_to(graph_files() / "ontology")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    if extra_ontology:
        _write(folder / "ontology/extra.ttl", PREFIXES + extra_ontology)
    return folder


def write_texts(folder: Path) -> Path:
    """Write the text of the small graph, and empty ones for the other sources."""
    for source in ("cicir-2023", "elcano-2023", "japan-up-close-2023", "spf-2024"):
        _write(folder / f"{source}.txt", "Nothing.\n")
    _write(folder / "gmf-2023.txt", TEXT)
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
