"""The store of vectors that the programs beside it fill and ask: Qdrant, PostgreSQL with pgvector, OpenSearch or
Elasticsearch.

STORE_URL is its address; of PostgreSQL with user, password and database. STORE_KEY is an API key, or the name:password
that OpenSearch and Elasticsearch take, too. A point is its `id`, a `vector` and a `payload` of words about it. What is
put twice under one id stands there once, so that a job which was killed begins again without harm.
"""

import base64
import json
import os
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from functools import cache

KINDS = ("qdrant", "pgvector", "opensearch", "elasticsearch")
TRIES = 6
LINKS, CANDIDATES = 16, 100
"""Of a point in its HNSW graph, and how many points a search looks at, at least."""
MOST_INDEXED = 4000
"""Numbers of a vector that pgvector's index takes as they are (the README of pgvector, "HNSW")."""
SCHEMA, LEAST_VERSION = "stack8s", (0, 7)
"""Where the table stands, beside all that is there; the first pgvector with vectors of 16 bits a number."""


class Refused(OSError):
    """A server said no, or did not answer."""


def ask(url: str, body: object = None, *, method: str = "POST", head: dict[str, str] | None = None, tries: int = 1,
        missing: bool = False):  # fmt: skip
    """The JSON answer. `tries`: how often a server is asked that is not there yet, or has too much to do. `missing`:
    what is not there is null. Raises Refused."""
    made = {"Content-Type": "application/json", **(head or {})}
    told = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    for tried in range(tries):
        try:
            request = urllib.request.Request(url, told, made, method=method)
            with urllib.request.urlopen(request, timeout=600) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            if missing and error.code == 404:
                return None
            if error.code not in (429, 500, 502, 503, 504) or tried == tries - 1:
                said = error.read()[:400].decode(errors="replace")
                raise Refused(f"{method} {url}: {error.code} {said}") from error
        except OSError as error:
            if tried == tries - 1:
                raise Refused(f"{method} {url}: {error}") from error
        _pause(tried)
    return None


def bearer(key: str) -> dict[str, str]:
    """The head of a request to a server of models."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def store_of(kind: str, collection: str, url: str = ""):
    """The store of the environment, or at that address; `collection` names what is kept there."""
    reached = (url or os.environ["STORE_URL"]).rstrip("/"), os.environ.get("STORE_KEY", ""), collection
    if kind == "qdrant":
        return Qdrant(*reached)
    return Table(*reached) if kind == "pgvector" else Index(*reached, elastic=kind == "elasticsearch")


class Qdrant:
    """A collection, by Qdrant's REST interface."""

    def __init__(self, url: str, key: str, collection: str) -> None:
        self._url, self._head = f"{url}/collections/{collection}", {"api-key": key} if key else {}

    def make(self, dimensions: int) -> None:
        if not self._do("GET", "/exists")["result"]["exists"]:
            self._do("PUT", "", {"vectors": {"size": dimensions, "distance": "Cosine"}})
        # Another may have made the collection; what is removed is found by its file.
        self._do("PUT", "/index?wait=true", {"field_name": "file", "field_schema": "keyword"})

    def put(self, points: list[dict]) -> None:
        self._do("PUT", "/points?wait=true", {"points": points})

    def remove(self, file: str) -> None:
        self._do("POST", "/points/delete?wait=true", {"filter": {"must": [{"key": "file", "match": {"value": file}}]}})

    def nearest(self, vector: list[float], limit: int) -> list[dict]:
        asked = {"query": vector, "limit": limit, "with_payload": True}
        found = ask(f"{self._url}/points/query", asked, head=self._head)
        return [point["payload"] for point in found["result"]["points"]]

    def finish(self) -> int:
        """How many points there are; the graph grew with them."""
        return self._do("GET", "")["result"]["points_count"]

    def _do(self, method: str, path: str, body: object = None):
        return ask(f"{self._url}{path}", body, method=method, head=self._head, tries=TRIES)


class Index:
    """An index of OpenSearch or Elasticsearch, whose REST interfaces differ in the vectors alone."""

    def __init__(self, url: str, key: str, collection: str, *, elastic: bool) -> None:
        basic = f"Basic {base64.b64encode(key.encode()).decode()}"
        self._head = {"Authorization": basic if ":" in key else f"ApiKey {key}"} if key else {}
        self._url, self._elastic = f"{url}/{collection}", elastic

    def make(self, dimensions: int) -> None:
        if self._do("GET", "", missing=True) is not None:
            return
        kind: dict[str, object] = {"type": "knn_vector", "dimension": dimensions, "method": {
            "name": "hnsw", "engine": "lucene", "space_type": "cosinesimil", "parameters": {"m": LINKS}}}  # fmt: skip
        if self._elastic:
            kind = {"type": "dense_vector", "dims": dimensions, "index": True, "similarity": "cosine",
                    "index_options": {"type": "int8_hnsw", "m": LINKS}}  # fmt: skip
        fields = {"vector": kind, "file": {"type": "keyword"}, "id": {"type": "keyword"}}
        told: dict[str, object] = {"mappings": {"properties": fields}}
        if not self._elastic:
            told["settings"] = {"index": {"knn": True}}
        self._do("PUT", "", told)

    def put(self, points: list[dict]) -> None:
        lines = ((({"index": {"_id": one["id"]}}), {**one["payload"], "vector": one["vector"]}) for one in points)
        body = "".join(f"{json.dumps(line)}\n" for pair in lines for line in pair).encode()
        for tried in range(TRIES):
            said = self._do("POST", "/_bulk?refresh=wait_for", body)
            refused = [item["index"] for item in said["items"] if item["index"]["status"] >= 300]
            if not refused:
                return
            if tried == TRIES - 1 or any(item["status"] != 429 for item in refused):
                raise Refused(f"{self._url}: {len(refused)} points refused: {json.dumps(refused[0])[:400]}")
            _pause(tried)

    def remove(self, file: str) -> None:
        self._do("POST", "/_delete_by_query?refresh=true&conflicts=proceed", {"query": {"term": {"file": file}}})

    def nearest(self, vector: list[float], limit: int) -> list[dict]:
        asked: dict[str, object] = {"query": {"knn": {"vector": {"vector": vector, "k": limit}}}}
        if self._elastic:
            asked = {"knn": {"field": "vector", "query_vector": vector, "k": limit,
                             "num_candidates": max(CANDIDATES, limit)}}  # fmt: skip
        asked |= {"size": limit, "_source": {"excludes": ["vector"]}}
        return [hit["_source"] for hit in ask(f"{self._url}/_search", asked, head=self._head)["hits"]["hits"]]

    def finish(self) -> int:
        return self._do("GET", "/_count")["count"]

    def _do(self, method: str, path: str, body: object = None, *, missing: bool = False):
        return ask(f"{self._url}{path}", body, method=method, head=self._head, tries=TRIES, missing=missing)


class Table:
    """A table of PostgreSQL with pgvector, its vectors in 16 bits a number.

    The HNSW index is made once all are there for the first time: PostgreSQL then builds the graph in memory, as far as
    `maintenance_work_mem` goes. Vectors of more than 4,000 numbers are found by their signs and ordered by themselves.
    """

    def __init__(self, url: str, key: str, collection: str) -> None:
        from psycopg import sql
        from psycopg_pool import ConnectionPool

        # A pooler between here and the server need not keep prepared statements; a connection that was cut is replaced.
        self._pool = ConnectionPool(
            url, min_size=1, max_size=8, open=True, check=ConnectionPool.check_connection,
            kwargs={"prepare_threshold": None, **({"password": key} if key else {})},
        )  # fmt: skip
        names = {"table": sql.Identifier(SCHEMA, collection), "schema": sql.Identifier(SCHEMA),
                 "by_file": sql.Identifier(f"{collection}_file"),
                 "by_vector": sql.Identifier(f"{collection}_vector")}  # fmt: skip
        self._collection = collection
        self._said = cache(lambda text: sql.SQL(text).format(**names))

    def make(self, dimensions: int) -> None:
        with self._connected() as there:
            self._alone(there)
            if there.execute("SELECT to_regclass(%s)", [f'{SCHEMA}."{self._collection}"']).fetchone()[0]:
                return
            if not there.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
                there.execute("CREATE EXTENSION vector")
            [version] = there.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
            if tuple(int(part) for part in version.split(".")[:2]) < LEAST_VERSION:
                raise Refused(f"pgvector {version} is there; vectors of 16 bits a number need 0.7 or later")
            if not there.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone()[0]:
                there.execute(self._said("CREATE SCHEMA {schema}"))
            width = f"({dimensions:d})"
            there.execute(self._said(
                "CREATE TABLE {table} (id uuid PRIMARY KEY, payload jsonb NOT NULL, embedding halfvec" + width + ")"
            ))  # fmt: skip
            there.execute(self._said("CREATE INDEX {by_file} ON {table} ((payload->>'file'))"))

    def put(self, points: list[dict]) -> None:
        rows = [(one["id"], json.dumps(one["payload"]), json.dumps(one["vector"])) for one in points]
        upsert = self._said(
            "INSERT INTO {table} (id, payload, embedding) VALUES (%s, %s, %s::halfvec) "
            "ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, embedding = excluded.embedding"
        )
        with self._connected() as there, there.cursor() as cursor:
            cursor.executemany(upsert, rows)

    def remove(self, file: str) -> None:
        with self._connected() as there:
            there.execute(self._said("DELETE FROM {table} WHERE payload->>'file' = %s"), [file])

    def nearest(self, vector: list[float], limit: int) -> list[dict]:
        told, looked_at = json.dumps(vector), max(CANDIDATES, limit)
        ordered = "SELECT payload FROM {found} ORDER BY embedding <=> %s::halfvec LIMIT %s"
        if len(vector) <= MOST_INDEXED:
            text, values = ordered.replace("{found}", "{table}"), [told, limit]
        else:
            bits = f"bit({len(vector):d})"
            near = "SELECT payload, embedding FROM {table} ORDER BY binary_quantize(embedding)::" + bits
            near += " <~> binary_quantize(%s::halfvec)::" + bits + " LIMIT %s"
            text, values = ordered.replace("{found}", f"({near}) near"), [told, looked_at, told, limit]
        with self._connected() as there:
            there.execute(f"SET LOCAL hnsw.ef_search = {looked_at:d}")
            return [payload for (payload,) in there.execute(self._said(text), values)]

    def finish(self) -> int:
        """Makes the index, unless another does so or has; how many points there are."""
        with self._connected() as there:
            if self._alone(there, waits=False):
                index = "CREATE INDEX IF NOT EXISTS {by_vector} ON {table} USING hnsw "
                there.execute(self._said(f"{index}({self._indexed(there)}) WITH (m = {LINKS})"))
        with self._connected() as there:
            return there.execute(self._said("SELECT count(*) FROM {table}")).fetchone()[0]

    def _indexed(self, there) -> str:
        name = [f'{SCHEMA}."{self._collection}"']
        [dimensions] = there.execute(
            "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'embedding'", name
        ).fetchone()
        if dimensions <= MOST_INDEXED:
            return "embedding halfvec_cosine_ops"
        return f"(binary_quantize(embedding)::bit({dimensions:d})) bit_hamming_ops"

    def _alone(self, there, *, waits: bool = True) -> bool:
        """Whether no other copy makes the table or its index until this transaction ends."""
        lock = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
        [held] = there.execute(f"SELECT {lock}(hashtext(%s))", [f"{SCHEMA}.{self._collection}"]).fetchone()
        return held is not False

    @contextmanager
    def _connected(self):
        """A connection for one transaction; what PostgreSQL refuses is told as of any other store."""
        import psycopg

        try:
            with self._pool.connection() as there:
                yield there
        except psycopg.Error as error:
            raise Refused(f"PostgreSQL: {error}") from error


def _pause(tried: int) -> None:
    time.sleep(float(os.environ.get("PAUSE_S", "2")) * 2**tried)
