"""What the demo repository says: its people, its files, its commits.

The story is told in tell() at the end, one call per commit.  A file is either a text written out here, or a list of
parts that grows commit by commit (class Source), as code does.
"""

import base64
import dataclasses
import hashlib
import json

HOUR = 3600
DAY = 24 * HOUR
# Monday, 1 September 2025, 08:00 UTC
START = 1_756_713_600


@dataclasses.dataclass(frozen=True)
class Author:
    name: str
    email: str
    zone: str


MARA = Author("Mara Lindqvist", "mara@example.com", "+0200")
TOMAS = Author("Tomas Oduya", "tomas@example.com", "+0100")
INES = Author("Ines Carvalho", "ines@example.com", "+0000")
RENATA = Author("Renata Kowal", "renata@example.com", "+0200")


@dataclasses.dataclass
class Commit:
    branch: str
    author: Author
    time: int
    message: str
    changes: dict[str, bytes | None]
    started_at: str = ""
    """Branch that the first commit of a branch starts at."""
    merged: str = ""
    """Branch whose last commit is the second parent."""


def noise(name: str, size: int) -> bytes:
    """Bytes that look random and do not compress, the same for the same name."""
    blocks = (hashlib.sha256(f"{name}:{i}".encode()).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def picture(name: str, size: int) -> bytes:
    """What starts like a PNG file and has the size of one."""
    return b"\x89PNG\r\n\x1a\n" + noise(name, size - 8)


class Source:
    """A text file that grows: parts by name, in order."""

    def __init__(self, head: str) -> None:
        self.parts = {"": head.strip("\n")}

    def put(self, name: str, text: str) -> "Source":
        """Add the part, or replace it."""
        self.parts[name] = text.strip("\n")
        return self

    def bytes(self, gap: int = 2) -> bytes:
        return (("\n" * (gap + 1)).join(self.parts.values()) + "\n").encode()


def package_json(version: str, dependencies: dict[str, str], dev: dict[str, str]) -> bytes:
    scripts = {"dev": "vite", "build": "vite build", "test": "vitest run", "lint": "eslint src"}
    content = {"name": "larkspur-web", "version": version, "private": True, "type": "module", "scripts": scripts,
               "dependencies": dict(sorted(dependencies.items())), "devDependencies": dict(sorted(dev.items()))}
    return (json.dumps(content, indent=2) + "\n").encode()


# Direct dependency to what it brings along, for believable lock files.
TRANSITIVE = {
    "vue": ["@vue/compiler-dom", "@vue/runtime-dom", "@vue/server-renderer", "@vue/shared", "csstype"],
    "vue-router": ["@vue/devtools-api"],
    "pinia": ["@vue/devtools-api"],
    "vite": ["esbuild", "rollup", "postcss", "picomatch", "tinyglobby", "nanoid", "source-map-js", "picocolors", "fdir"],
    "vitest": ["@vitest/expect", "@vitest/runner", "chai", "tinypool", "tinybench", "std-env", "pathe"],
    "eslint": ["acorn", "ajv", "chalk", "cross-spawn", "debug", "espree", "esquery", "glob-parent", "ignore", "minimatch"],
    "fuse.js": [],
    "dompurify": ["@types/trusted-types"],
}


def package_lock(version: str, dependencies: dict[str, str], dev: dict[str, str]) -> bytes:
    packages: dict[str, object] = {"": {"name": "larkspur-web", "version": version,
                                        "dependencies": dependencies, "devDependencies": dev}}
    wanted = {**dependencies, **dev}
    for parent in list(wanted):
        for name in TRANSITIVE[parent]:
            wanted.setdefault(name, f"{len(name) % 5 + 1}.{len(parent)}.{(len(name) * 7) % 10}")
    for name, number in sorted(wanted.items()):
        digest = base64.b64encode(hashlib.sha512(f"{name}@{number}".encode()).digest()).decode()
        number = number.lstrip("^~")
        packages[f"node_modules/{name}"] = {
            "version": number,
            "resolved": f"https://registry.npmjs.org/{name}/-/{name.split('/')[-1]}-{number}.tgz",
            "integrity": f"sha512-{digest}", "license": "MIT", **({"dev": True} if name in dev else {})}
    content = {"name": "larkspur-web", "version": version, "lockfileVersion": 3, "requires": True, "packages": packages}
    return (json.dumps(content, indent=2) + "\n").encode()


def requirements(names: dict[str, str]) -> bytes:
    lines = []
    for name, number in sorted(names.items()):
        lines.append(f"{name}=={number} \\\n    --hash=sha256:{hashlib.sha256(f'{name}{number}'.encode()).hexdigest()}\n")
    return "".join(lines).encode()


GITIGNORE = """
node_modules/
dist/
coverage/
__pycache__/
*.pyc
.venv/
.env
*.log
.DS_Store
"""

DOCKERFILES = {
    "first": """
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r api/requirements.txt
CMD ["python", "-m", "shop.server"]
""",
    "requirements first": """
FROM python:3.12-slim
WORKDIR /app
COPY api/requirements.txt api/requirements.txt
RUN pip install --no-cache-dir -r api/requirements.txt
COPY . .
ENV PYTHONPATH=/app/api
EXPOSE 8000
CMD ["python", "-m", "shop.server"]
""",
    "two stages": """
FROM node:20 AS web
WORKDIR /src
COPY . .
RUN cd frontend && npm ci && npm run build

FROM python:3.12-slim
WORKDIR /app
COPY api/requirements.txt api/requirements.txt
RUN pip install --no-cache-dir -r api/requirements.txt
COPY api/ api/
COPY --from=web /src/frontend/dist/ static/
ENV PYTHONPATH=/app/api
EXPOSE 8000
CMD ["python", "-m", "shop.server"]
""",
    "lock first": """
# syntax=docker/dockerfile:1
FROM node:20-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web/ ./
RUN npm run build

FROM python:3.12-slim
WORKDIR /app
COPY api/requirements.txt api/requirements.txt
RUN pip install --no-cache-dir -r api/requirements.txt
COPY api/ api/
COPY --from=web /src/web/dist/ static/
ENV PYTHONPATH=/app/api
EXPOSE 8000
CMD ["python", "-m", "shop.server"]
""",
    "with a version": """
# syntax=docker/dockerfile:1
FROM node:20-slim AS web
ARG GIT_SHA=unknown
ENV VITE_VERSION=$GIT_SHA
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web/ ./
RUN npm run build

FROM python:3.12-slim
ARG GIT_SHA=unknown
LABEL org.opencontainers.image.revision=$GIT_SHA
WORKDIR /app
COPY api/requirements.txt api/requirements.txt
RUN pip install --no-cache-dir -r api/requirements.txt
COPY api/ api/
COPY docs/openapi.yaml api/shop/openapi.yaml
COPY --from=web /src/web/dist/ static/
ENV PYTHONPATH=/app/api
EXPOSE 8000
CMD ["python", "-m", "shop.server"]
""",
    "tested": """
# syntax=docker/dockerfile:1
FROM node:22-slim AS web
ARG GIT_SHA=unknown
ENV VITE_VERSION=$GIT_SHA
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web/ ./
RUN npm test && npm run build

FROM python:3.12-slim AS api
WORKDIR /app
COPY api/requirements.txt api/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install -r api/requirements.txt
COPY api/ api/
COPY docs/openapi.yaml api/shop/openapi.yaml
ENV PYTHONPATH=/app/api

FROM api AS test
COPY . .
RUN python -m unittest discover -s api/tests

FROM api
ARG GIT_SHA=unknown
LABEL org.opencontainers.image.revision=$GIT_SHA
COPY --from=web /src/web/dist/ static/
COPY deploy/entrypoint.sh /usr/local/bin/entrypoint.sh
RUN useradd --system --uid 10001 shop
USER shop
EXPOSE 8000
ENTRYPOINT ["entrypoint.sh"]
CMD ["python", "-m", "shop.server"]
""",
}

DOCKERIGNORE = """
# Dependencies and build output
**/node_modules
frontend/dist
web/dist
web/node_modules
**/__pycache__

# Not for the image
*.log
docs
!docs/openapi.yaml
deploy/k8s
"""

COMPOSE = {
    "first": """
services:
  shop:
    build: .
    ports:
      - "8000:8000"
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: postgres
""",
    "health": """
services:
  shop:
    build:
      context: .
      args:
        GIT_SHA: ${GIT_SHA:-dev}
    env_file: .env
    ports:
      - "8000:8000"
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: postgres
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: ["CMD", "pg_isready", "-U", "postgres"]
      interval: 5s
volumes:
  data:
""",
}

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  labels: {app: shop}
spec:
  replicas: 2
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: shop
          image: registry.example.com/larkspur/shop:latest
          ports:
            - containerPort: 8000
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef: {name: shop, key: database-url}
"""
MANIFEST_LIMITS = """
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 512Mi}
"""
MANIFEST_PROBES = """
          readinessProbe:
            httpGet: {path: /healthz, port: 8000}
          livenessProbe:
            httpGet: {path: /healthz, port: 8000}
            periodSeconds: 20
"""
SERVICE = """
---
apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector: {app: shop}
  ports:
    - port: 80
      targetPort: 8000
"""

SERVER = """
\"\"\"HTTP front of the shop.\"\"\"

import json
import os
from wsgiref.simple_server import make_server

from shop import catalogue
"""
SERVER_ROUTES = {
    "products": """
def list_products(query):
    return [product.as_dict() for product in catalogue.all_products(query.get("category"))]
""",
    "product": """
def get_product(slug):
    product = catalogue.by_slug(slug)
    return product.as_dict() if product else None
""",
    "healthz": """
def healthz():
    return {"status": "ok", "version": os.environ.get("VERSION", "dev")}
""",
    "search": """
def search_products(query):
    from shop import search
    return [hit.as_dict() for hit in search.find(query.get("q", ""), limit=20)]
""",
    "checkout": """
def checkout(cart_id, body):
    from shop import cart, payments
    total = cart.total(cart_id)
    return payments.charge(cart_id, total, body["token"])
""",
    "app": """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(healthz()).encode()]


if __name__ == "__main__":
    make_server("", 8000, app).serve_forever()
""",
}
CATALOGUE = """
\"\"\"Products and categories.\"\"\"

import dataclasses


@dataclasses.dataclass
class Product:
    slug: str
    title: str
    cents: int
    category: str

    def as_dict(self):
        return dataclasses.asdict(self)
"""
CATALOGUE_PARTS = {
    "data": """
PRODUCTS = [
    Product("larkspur-seeds", "Larkspur seeds, 5 g", 390, "seeds"),
    Product("clay-pot-12", "Clay pot, 12 cm", 550, "pots"),
    Product("dibber", "Dibber, beech", 1290, "tools"),
]
""",
    "queries": """
def all_products(category=None):
    return [p for p in PRODUCTS if category in (None, p.category)]


def by_slug(slug):
    return next((p for p in PRODUCTS if p.slug == slug), None)
""",
    "prices": """
def format_price(cents, currency="EUR"):
    return f"{cents // 100}.{cents % 100:02d} {currency}"
""",
    "stock": """
def in_stock(product, stock):
    return stock.get(product.slug, 0) > 0
""",
}
CART = """
\"\"\"Shopping carts, kept in the database.\"\"\"

from shop import catalogue


def add(carts, cart_id, slug, count=1):
    cart = carts.setdefault(cart_id, {})
    cart[slug] = cart.get(slug, 0) + count
    return cart
"""
CART_PARTS = {
    "total": """
def total(carts, cart_id):
    return sum(catalogue.by_slug(slug).cents * count for slug, count in carts.get(cart_id, {}).items())
""",
    "total without gaps": """
def total(carts, cart_id):
    lines = [(catalogue.by_slug(slug), count) for slug, count in carts.get(cart_id, {}).items()]
    return sum(product.cents * count for product, count in lines if product)
""",
    "remove": """
def remove(carts, cart_id, slug):
    carts.get(cart_id, {}).pop(slug, None)
""",
    "discount": """
def discount(cents, percent):
    return cents - cents * percent // 100
""",
}
SEARCH = """
\"\"\"Search in titles, with a tolerance for typing errors.\"\"\"

from shop import catalogue


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, last = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y)))
    return row[-1]
"""
SEARCH_PARTS = {
    "find": """
def find(text, limit):
    words = text.lower().split()
    scored = [(min(distance(w, t) for w in words for t in p.title.lower().split()), p) for p in catalogue.PRODUCTS]
    return [p for score, p in sorted(scored, key=lambda s: s[0]) if score <= 2][:limit]
""",
    "empty": """
def find(text, limit):
    words = text.lower().split()
    if not words:
        return []
    scored = [(min(distance(w, t) for w in words for t in p.title.lower().split()), p) for p in catalogue.PRODUCTS]
    return [p for score, p in sorted(scored, key=lambda s: s[0]) if score <= 2][:limit]
""",
}
PAYMENTS = """
\"\"\"Talks to the payment provider.\"\"\"

import json
import urllib.request

URL = "https://pay.example.com/v2/charges"


def charge(cart_id, cents, token):
    body = json.dumps({"reference": cart_id, "amount": cents, "source": token}).encode()
    request = urllib.request.Request(URL, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)
"""
PAYMENTS_PARTS = {
    "refund": """
def refund(charge_id):
    request = urllib.request.Request(f"{URL}/{charge_id}/refund", method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)
""",
    "idempotent": """
def idempotency_key(cart_id, cents):
    return f"{cart_id}-{cents}"
""",
}
TESTS = {
    "catalogue": """
import unittest

from shop import catalogue


class Catalogue(unittest.TestCase):
    def test_by_slug(self):
        self.assertEqual(catalogue.by_slug("dibber").category, "tools")
        self.assertIsNone(catalogue.by_slug("none"))

    def test_price(self):
        self.assertEqual(catalogue.format_price(390), "3.90 EUR")
""",
    "cart": """
import unittest

from shop import cart


class Cart(unittest.TestCase):
    def test_total(self):
        carts = {}
        cart.add(carts, "c", "dibber", 2)
        self.assertEqual(cart.total(carts, "c"), 2580)
""",
    "search": """
import unittest

from shop import search


class Search(unittest.TestCase):
    def test_typing_error(self):
        self.assertEqual(search.find("dibbr", 5)[0].slug, "dibber")
""",
}

MAIN_JS = """
import { createApp } from "vue";
import App from "./App.vue";
"""
MAIN_JS_PARTS = {
    "router": """
import { router } from "./router.js";
""",
    "mount": """
createApp(App).mount("#app");
""",
    "mount router": """
createApp(App).use(router).mount("#app");
""",
}
APP_VUE = """
<script setup>
import ProductList from "./components/ProductList.vue";
</script>

<template>
  <header><img src="/logo.png" alt="Larkspur" /></header>
  <ProductList />
</template>
"""
APP_VUE_ROUTER = """
<template>
  <header>
    <img src="/logo.png" alt="Larkspur" />
    <RouterLink to="/">Shop</RouterLink>
    <RouterLink to="/cart">Cart</RouterLink>
  </header>
  <RouterView />
</template>
"""
ROUTER_JS = """
import { createRouter, createWebHistory } from "vue-router";
import ProductList from "./components/ProductList.vue";
import CartView from "./components/CartView.vue";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", component: ProductList },
    { path: "/cart", component: CartView },
  ],
});
"""
COMPONENTS = {
    "ProductList": """
<script setup>
import { onMounted, ref } from "vue";
import { getProducts } from "../api.js";

const products = ref([]);
onMounted(async () => {
  products.value = await getProducts();
});
</script>

<template>
  <ul>
    <li v-for="p in products" :key="p.slug">{{ p.title }}</li>
  </ul>
</template>
""",
    "CartView": """
<script setup>
import { useCart } from "../cart.js";

const cart = useCart();
</script>

<template>
  <p v-if="!cart.lines.length">Your cart is empty.</p>
  <p v-for="line in cart.lines" :key="line.slug">{{ line.count }} × {{ line.title }}</p>
</template>
""",
    "SearchBox": """
<script setup>
import { ref, watch } from "vue";
import { search } from "../api.js";

const text = ref("");
const hits = ref([]);
watch(text, async (value) => {
  hits.value = value.length > 1 ? await search(value) : [];
});
</script>

<template>
  <input v-model="text" type="search" placeholder="Seeds, pots, tools" />
</template>
""",
    "CheckoutForm": """
<script setup>
import { pay } from "../api.js";

defineProps({ cartId: String });
</script>

<template>
  <form @submit.prevent="pay(cartId)">
    <button>Pay</button>
  </form>
</template>
""",
}
API_JS = """
const base = import.meta.env.VITE_API ?? "";
"""
API_JS_PARTS = {
    "products": """
export async function getProducts(category) {
  const query = category ? `?category=${category}` : "";
  return (await fetch(`${base}/products${query}`)).json();
}
""",
    "search": """
export async function search(text) {
  return (await fetch(`${base}/search?q=${encodeURIComponent(text)}`)).json();
}
""",
    "pay": """
export async function pay(cartId, token) {
  const answer = await fetch(`${base}/checkout/${cartId}`, { method: "POST", body: JSON.stringify({ token }) });
  if (!answer.ok) {
    throw new Error(`payment failed: ${answer.status}`);
  }
  return answer.json();
}
""",
}
CART_JS = """
import { reactive } from "vue";

const state = reactive({ lines: [] });

export function useCart() {
  return state;
}
"""
STYLE = """
:root {
  --green: #3c6e47;
  font-family: system-ui, sans-serif;
}
"""
STYLE_PARTS = {
    "header": "header {\n  display: flex;\n  gap: 1rem;\n  background: var(--green);\n}",
    "list": "ul {\n  display: grid;\n  grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr));\n}",
    "narrow": "@media (max-width: 40rem) {\n  ul {\n    grid-template-columns: 1fr;\n  }\n}",
    "focus": ":focus-visible {\n  outline: 3px solid var(--green);\n}",
}
INDEX_HTML = """
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Larkspur garden shop</title>
    <link rel="stylesheet" href="/src/style.css" />
  </head>
  <body>
    <div id="app"></div>
    <script type="module" src="/src/main.js"></script>
  </body>
</html>
"""
VITE_CONFIG = """
import { defineConfig } from "vite";

export default defineConfig({
  server: { proxy: { "/products": "http://localhost:8000" } },
});
"""
OPENAPI = """
openapi: 3.1.0
info: {title: Larkspur shop, version: "1"}
paths:
  /products:
    get: {responses: {"200": {description: Products}}}
  /products/{slug}:
    get: {responses: {"200": {description: A product}, "404": {description: None}}}
"""
OPENAPI_SEARCH = """
  /search:
    get: {responses: {"200": {description: Products, best first}}}
"""
README = """
# Larkspur

The garden shop: a Python API and a Vue front end in one image.
"""
README_PARTS = {
    "run": "## Run\n\n    docker compose up --build\n\nThen open http://localhost:8000.",
    "layout": "## Layout\n\n- `api/` the service\n- `web/` the front end\n- `deploy/` manifests\n- `docs/` for people",
    "test": "## Test\n\n    python -m unittest discover -s api/tests\n    npm --prefix web test",
    "release": "## Release\n\nTag, push, wait for the image, then `kubectl apply -f deploy/k8s`.",
}
ENTRYPOINT = """
#!/bin/sh
set -eu
python -m shop.migrate
exec "$@"
"""
MIGRATE = """
\"\"\"Bring the database up to date.\"\"\"

STEPS = [
    "create table if not exists carts (id text primary key, lines jsonb not null)",
]


def main():
    for step in STEPS:
        print(step)


if __name__ == "__main__":
    main()
"""
RUNBOOK = """
# When something is wrong

1. `kubectl get pods -l app=shop`
2. `kubectl logs -l app=shop --tail=200`
3. Roll back: `kubectl rollout undo deployment/shop`
"""


def text(content: str) -> bytes:
    return (content.strip("\n") + "\n").encode()


class Story:
    """Commits in order, and the files of each branch after the last of them."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.files: dict[str, dict[str, bytes]] = {"main": {}}
        self.forked: dict[str, dict[str, bytes]] = {}
        self.now = START

    def commit(self, branch: str, author: Author, wait: int, message: str, **options: object) -> None:
        """Record a commit `wait` seconds after the last one; `changes` maps path to content, None to remove."""
        changes = dict(options.pop("changes"))
        self.now += wait
        started_at = ""
        if branch not in self.files:
            started_at = str(options.pop("start", "main"))
            self.files[branch] = dict(self.files[started_at])
            self.forked[branch] = dict(self.files[started_at])
        files = self.files[branch]
        for path, content in changes.items():
            if content is None:
                del files[path]
            else:
                assert files.get(path) != content, f"{message}: {path} does not change"
                files[path] = content
        self.commits.append(Commit(branch, author, self.now, message + "\n", changes, started_at))

    def merge(self, author: Author, wait: int, branch: str) -> None:
        """Merge a branch into main: what it changed since it started wins."""
        self.now += wait
        fork, theirs = self.forked[branch], self.files[branch]
        changes: dict[str, bytes | None] = {p: c for p, c in theirs.items() if fork.get(p) != c}
        changes |= {p: None for p in fork if p not in theirs}
        for path, content in changes.items():
            assert self.files["main"].get(path) == fork.get(path), f"{path} is a conflict"
            if content is None:
                del self.files["main"][path]
            else:
                self.files["main"][path] = content
        message = f"Merge branch '{branch}'\n"
        self.commits.append(Commit("main", author, self.now, message, changes, merged=branch))


def tell() -> Story:
    """The story, one call per commit.  Long, because a history is."""
    story = Story()
    deps, dev = {"vue": "3.4.38"}, {"vite": "5.4.2", "eslint": "9.9.1"}
    python = {"psycopg": "3.2.1"}
    server, catalogue, cart = Source(SERVER), Source(CATALOGUE), Source(CART)
    search, payments = Source(SEARCH), Source(PAYMENTS)
    main_js, api_js, style, readme = Source(MAIN_JS), Source(API_JS), Source(STYLE), Source(README)
    manifest = Source(MANIFEST)
    openapi = Source(OPENAPI)

    def on_main(author: Author, wait: int, message: str, changes: dict[str, bytes | None]) -> None:
        story.commit("main", author, wait, message, changes=changes)

    def locks(directory: str, version: str) -> dict[str, bytes | None]:
        return {f"{directory}/package.json": package_json(version, deps, dev),
                f"{directory}/package-lock.json": package_lock(version, deps, dev)}

    def app_py() -> bytes:
        server.put("app", server.parts.pop("app", SERVER_ROUTES["app"]))
        return server.bytes()

    # The API alone
    on_main(MARA, 0, "Start", {"README.md": readme.bytes(1), ".gitignore": text(GITIGNORE)})
    server.put("healthz", SERVER_ROUTES["healthz"])
    catalogue.put("data", CATALOGUE_PARTS["data"])
    on_main(MARA, 3 * HOUR, "api: catalogue and a server that is alive", {
        "api/shop/__init__.py": b"", "api/shop/server.py": app_py(), "api/shop/catalogue.py": catalogue.bytes(),
        "api/requirements.txt": requirements(python)})
    catalogue.put("queries", CATALOGUE_PARTS["queries"])
    server.put("products", SERVER_ROUTES["products"])
    on_main(MARA, DAY, "api: list products", {"api/shop/server.py": app_py(), "api/shop/catalogue.py": catalogue.bytes()})
    on_main(TOMAS, 2 * HOUR, "Build an image", {"Dockerfile": text(DOCKERFILES["first"])})
    on_main(TOMAS, HOUR, "Run it with a database", {"docker-compose.yml": text(COMPOSE["first"])})
    server.put("product", SERVER_ROUTES["product"])
    on_main(MARA, DAY, "api: one product", {"api/shop/server.py": app_py()})
    catalogue.put("prices", CATALOGUE_PARTS["prices"])
    on_main(INES, 5 * HOUR, "api: prices as people write them", {"api/shop/catalogue.py": catalogue.bytes()})
    on_main(INES, HOUR, "api: tests for the catalogue", {"api/tests/test_catalogue.py": text(TESTS["catalogue"])})
    on_main(TOMAS, DAY, "Dockerfile: install requirements before the sources\n\nA change of one line of Python "
            "reinstalled everything.", {"Dockerfile": text(DOCKERFILES["requirements first"])})
    readme.put("run", README_PARTS["run"])
    on_main(MARA, 2 * HOUR, "README: how to run it", {"README.md": readme.bytes(1)})

    # The front end arrives, in frontend/ at first
    on_main(RENATA, 3 * DAY, "frontend: skeleton", {
        **locks("frontend", "0.1.0"), "frontend/index.html": text(INDEX_HTML), "frontend/vite.config.js": text(VITE_CONFIG),
        "frontend/src/main.js": Source(MAIN_JS).put("mount", MAIN_JS_PARTS["mount"]).bytes(1),
        "frontend/src/App.vue": text(APP_VUE), "frontend/src/style.css": style.bytes(1)})
    api_js.put("products", API_JS_PARTS["products"])
    on_main(RENATA, DAY, "frontend: show products", {
        "frontend/src/api.js": api_js.bytes(1), "frontend/src/components/ProductList.vue": text(COMPONENTS["ProductList"])})
    logo, hero = picture("logo", 18_734), picture("hero", 412_906)
    on_main(RENATA, 4 * HOUR, "frontend: logo and picture", {
        "frontend/public/logo.png": logo, "frontend/public/hero.png": hero})
    on_main(TOMAS, DAY, "Dockerfile: build the front end", {"Dockerfile": text(DOCKERFILES["two stages"])})
    style.put("header", STYLE_PARTS["header"])
    on_main(RENATA, 6 * HOUR, "frontend: header", {"frontend/src/style.css": style.bytes(1)})
    on_main(INES, DAY, "docs: what to do when something is wrong", {"docs/runbook.md": text(RUNBOOK)})
    on_main(MARA, HOUR, "docs: OpenAPI", {"docs/openapi.yaml": openapi.bytes(0)})
    on_main(RENATA, 3 * HOUR, "docs: the picture for the wiki", {"docs/img/hero.png": hero})
    cart.put("total", CART_PARTS["total"])
    on_main(MARA, 2 * DAY, "api: carts", {"api/shop/cart.py": cart.bytes(), "api/tests/test_cart.py": text(TESTS["cart"])})

    # Renamed, routed
    moved = {path: None for path in story.files["main"] if path.startswith("frontend/")}
    moved |= {path.replace("frontend/", "web/", 1): story.files["main"][path] for path in list(moved)}
    moved["Dockerfile"] = text(DOCKERFILES["lock first"])
    on_main(RENATA, 4 * DAY, "Call the front end web, and install from its lock file first", moved)
    deps["vue-router"] = "4.4.3"
    main_js.put("router", MAIN_JS_PARTS["router"]).put("mount", MAIN_JS_PARTS["mount router"])
    cart_view = text(COMPONENTS["CartView"])
    on_main(RENATA, DAY, "web: pages", {
        **locks("web", "0.2.0"), "web/src/main.js": main_js.bytes(1), "web/src/router.js": text(ROUTER_JS),
        "web/src/App.vue": text(APP_VUE_ROUTER), "web/src/cart.js": text(CART_JS), "web/src/components/CartView.vue": cart_view})
    readme.put("layout", README_PARTS["layout"])
    on_main(MARA, 2 * HOUR, "README: layout", {"README.md": readme.bytes(1)})

    # Search is made on a branch while main goes on
    search.put("find", SEARCH_PARTS["find"])
    story.commit("feature/search", INES, DAY, "api: search in titles", changes={
        "api/shop/search.py": search.bytes(), "api/tests/test_search.py": text(TESTS["search"])})
    style.put("list", STYLE_PARTS["list"])
    on_main(RENATA, 3 * HOUR, "web: a grid of products", {"web/src/style.css": style.bytes(1)})
    api_js.put("search", API_JS_PARTS["search"])
    story.commit("feature/search", INES, 4 * HOUR, "web: search box", changes={
        "web/src/api.js": api_js.bytes(1), "web/src/components/SearchBox.vue": text(COMPONENTS["SearchBox"])})
    on_main(TOMAS, 5 * HOUR, "deploy: Kubernetes manifest", {"deploy/k8s/shop.yaml": manifest.bytes(0) + text(SERVICE)})
    search.put("find", SEARCH_PARTS["empty"])
    story.commit("feature/search", INES, DAY, "api: an empty search finds nothing", changes={"api/shop/search.py": search.bytes()})
    cart.put("total", CART_PARTS["total without gaps"])
    on_main(MARA, 2 * HOUR, "api: a product that is gone must not break a cart", {"api/shop/cart.py": cart.bytes()})
    openapi.put("search", OPENAPI_SEARCH.strip("\n"))
    story.commit("feature/search", INES, HOUR, "docs: search in OpenAPI", changes={"docs/openapi.yaml": openapi.bytes(0)})
    story.merge(MARA, 3 * HOUR, "feature/search")
    server.put("search", SERVER_ROUTES["search"])
    on_main(INES, HOUR, "api: route for search", {"api/shop/server.py": app_py()})
    dev["vitest"] = "2.1.1"
    on_main(RENATA, DAY, "web: vitest", {**locks("web", "0.3.0"), "web/src/api.test.js": text(
        'import { expect, test } from "vitest";\n\ntest("numbers", () => {\n  expect(1 + 1).toBe(2);\n});')})
    on_main(TOMAS, 2 * DAY, "Show the commit in the image", {
        "Dockerfile": text(DOCKERFILES["with a version"]), "docker-compose.yml": text(COMPOSE["health"])})
    manifest.put("limits", MANIFEST_LIMITS)
    on_main(TOMAS, HOUR, "deploy: limits", {"deploy/k8s/shop.yaml": manifest.bytes(0) + text(SERVICE)})

    # 1.0, then payments on a branch and fixes on the release branch
    python["psycopg"] = "3.2.3"
    on_main(MARA, 9 * DAY, "api: psycopg 3.2.3", {"api/requirements.txt": requirements(python)})
    on_main(MARA, 2 * HOUR, "1.0", {**locks("web", "1.0.0"), "CHANGELOG.md": text("# Changes\n\n## 1.0\n\nThe first.")})
    payments_branch = "feature/payments"
    story.commit(payments_branch, TOMAS, 2 * DAY, "api: charge a card", changes={"api/shop/payments.py": payments.bytes()})
    cart.put("remove", CART_PARTS["remove"])
    on_main(MARA, 5 * HOUR, "api: take something out of a cart", {"api/shop/cart.py": cart.bytes()})
    story.commit("release/1.x", MARA, DAY, "api: time out after 10 s, not never", changes={
        "api/shop/limits.py": text('"""Limits."""\n\nTIMEOUT_SECONDS = 10')}, start="main")
    payments.put("refund", PAYMENTS_PARTS["refund"])
    story.commit(payments_branch, TOMAS, 3 * HOUR, "api: refunds", changes={"api/shop/payments.py": payments.bytes()})
    style.put("narrow", STYLE_PARTS["narrow"])
    on_main(RENATA, DAY, "web: telephones", {"web/src/style.css": style.bytes(1)})
    api_js.put("pay", API_JS_PARTS["pay"])
    story.commit(payments_branch, TOMAS, DAY, "web: checkout", changes={
        "web/src/api.js": api_js.bytes(1), "web/src/components/CheckoutForm.vue": text(COMPONENTS["CheckoutForm"])})
    story.commit("release/1.x", MARA, 2 * HOUR, "1.0.1", changes={
        "CHANGELOG.md": text("# Changes\n\n## 1.0.1\n\nTime-outs.\n\n## 1.0\n\nThe first.")})
    deps["dompurify"] = "3.1.6"
    on_main(RENATA, 2 * DAY, "web: clean product texts", locks("web", "1.1.0"))
    payments.put("idempotent", PAYMENTS_PARTS["idempotent"])
    story.commit(payments_branch, TOMAS, 4 * HOUR, "api: never charge twice", changes={"api/shop/payments.py": payments.bytes()})
    story.merge(MARA, 5 * HOUR, payments_branch)
    server.put("checkout", SERVER_ROUTES["checkout"])
    on_main(TOMAS, HOUR, "api: route for checkout", {"api/shop/server.py": app_py()})

    # The build is slow, and an ignore file appears
    on_main(TOMAS, 8 * DAY, "Add a .dockerignore\n\nThe context was larger than the image.", {
        ".dockerignore": text(DOCKERIGNORE)})
    on_main(INES, 3 * HOUR, "Run the tests while building, as another user than root", {
        "Dockerfile": text(DOCKERFILES["tested"]), "deploy/entrypoint.sh": text(ENTRYPOINT),
        "api/shop/migrate.py": text(MIGRATE)})
    readme.put("test", README_PARTS["test"])
    on_main(INES, HOUR, "README: tests", {"README.md": readme.bytes(1)})
    manifest.put("probes", MANIFEST_PROBES)
    on_main(TOMAS, DAY, "deploy: probes", {"deploy/k8s/shop.yaml": manifest.bytes(0) + text(SERVICE)})
    catalogue.put("data", CATALOGUE_PARTS["data"].replace("1290", "1350"))
    on_main(INES, 4 * HOUR, "api: the picture in mails about orders", {"api/shop/mail/hero.png": hero})
    on_main(MARA, 3 * DAY, "api: the dibber is dearer", {"api/shop/catalogue.py": catalogue.bytes()})
    deps["pinia"] = "2.2.2"
    on_main(RENATA, DAY, "web: pinia", locks("web", "1.2.0"))
    style.put("focus", STYLE_PARTS["focus"])
    on_main(RENATA, 2 * HOUR, "web: show the focus", {"web/src/style.css": style.bytes(1)})
    deps["vue"], deps["vue-router"] = "3.5.13", "4.5.0"
    on_main(RENATA, 18 * DAY, "web: vue 3.5", locks("web", "1.3.0"))
    cart.put("discount", CART_PARTS["discount"])
    on_main(MARA, 2 * DAY, "api: discounts", {"api/shop/cart.py": cart.bytes()})
    story.commit("feature/gift-cards", INES, DAY, "api: gift cards, not finished", changes={
        "api/shop/gift_cards.py": text('"""Gift cards."""\n\n\ndef redeem(code):\n    raise NotImplementedError(code)')})
    catalogue.put("stock", CATALOGUE_PARTS["stock"])
    on_main(MARA, 6 * HOUR, "api: stock", {"api/shop/catalogue.py": catalogue.bytes()})
    on_main(RENATA, 5 * DAY, "web: a smaller logo", {"web/public/logo.png": picture("small logo", 9_120)})
    readme.put("release", README_PARTS["release"])
    on_main(TOMAS, 3 * DAY, "README: releases", {"README.md": readme.bytes(1)})
    python["psycopg"] = "3.2.4"
    on_main(MARA, 9 * DAY, "api: psycopg 3.2.4", {"api/requirements.txt": requirements(python)})
    on_main(INES, 4 * DAY, "docs: whom to call", {"docs/runbook.md": text(RUNBOOK + "4. Call whoever is on duty.")})
    return story


def commits() -> list[Commit]:
    return tell().commits


def untracked() -> dict[str, bytes]:
    """Files that git ignores, as they lie around where people work."""
    files: dict[str, bytes] = {
        ".env": text("DATABASE_URL=postgres://shop:not-a-real-password@db/shop\nPAYMENT_TOKEN=not-a-real-token"),
        ".DS_Store": b"\0\0\0\1Bud1" + b"\0" * 6140,
        "npm-debug.log": b"0 info it worked if it ends with ok\n" * 900,
        "api/shop/__pycache__/server.cpython-312.pyc": noise("server", 4_321),
        "api/shop/__pycache__/catalogue.cpython-312.pyc": noise("catalogue", 3_456),
        "web/dist/index.html": text(INDEX_HTML),
        "web/dist/assets/index-4f1c2d.js": noise("bundle", 287_113),
        "web/dist/hero.png": picture("hero", 412_906),
        "web/coverage/lcov.info": b"SF:src/api.js\nDA:1,4\nend_of_record\n" * 2_000,
    }
    for day in range(1, 6):
        files[f"logs/shop-2025-12-{day:02d}.log"] = b"INFO GET /products 200 3ms\n" * (9_000 + 137 * day)
    for page in range(24):
        files[f"web/coverage/html/page-{page:02d}.html"] = b"<tr><td class=hit>4</td></tr>\n" * (300 + 11 * page)
    packages = sorted({*TRANSITIVE, *(name for names in TRANSITIVE.values() for name in names)})
    for name in packages:
        base = f"web/node_modules/{name}"
        size = 2_000 + int(hashlib.sha256(name.encode()).hexdigest()[:4], 16)
        files[f"{base}/package.json"] = (json.dumps({"name": name, "license": "MIT"}) + "\n").encode()
        files[f"{base}/LICENSE"] = b"MIT License\n" * 40
        files[f"{base}/dist/index.js"] = noise(f"{name}/index", size)
        files[f"{base}/dist/index.d.ts"] = b"export {};\n" * (size // 300)
    files["web/node_modules/vite/bin/vite.js"] = b"#!/usr/bin/env node\nimport('../dist/index.js');\n"
    return files
