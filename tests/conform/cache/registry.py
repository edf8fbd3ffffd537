"""A registry on loopback that makes every image it is asked for.

An image is a small root file system whose content depends on its reference, so that each tag is an image of its own,
and two pulls of one tag are the same. Where a build copies a path from a stage, or names a user, the root file
system must have it: `Needs`. Images that a build pushes below `pushed/` are stored and served as they are.
"""

import dataclasses
import gzip
import hashlib
import http.server
import io
import json
import posixpath
import re
import tarfile
import threading
import urllib.parse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PUSHED = "pushed/"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DIRECTORIES = ("app", "bin", "dev", "etc", "home", "opt", "proc", "root", "run", "sys", "tmp", "usr/local/bin", "var")


@dataclasses.dataclass
class Needs:
    """What the root file systems of all images have, beside the usual directories."""

    paths: set = dataclasses.field(default_factory=set)
    users: set = dataclasses.field(default_factory=set)
    #: Programs by path
    programs: dict = dataclasses.field(default_factory=dict)

    def add(self, other):
        """Take in what another one has."""
        self.paths |= other.paths
        self.users |= other.users
        self.programs |= other.programs


class Images:
    """Makes images; remembers the blobs of all that were made or pushed."""

    def __init__(self):
        self.blobs = {}
        self.manifests = {}
        self.layer = b""
        self.prepare(Needs())

    def prepare(self, needs):
        """Give all images that are asked for from now on this root file system."""
        self.layer = root_layer(needs)
        self.manifests = {key: value for key, value in self.manifests.items() if key[0].startswith(PUSHED)}

    def drop(self):
        """Forget everything that was made or pushed."""
        self.blobs.clear()
        self.manifests.clear()

    def keep(self, data):
        """Store a blob; returns its digest."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def manifest(self, host, name, reference):
        """The manifest that a reference stands for, or None."""
        if reference.startswith("sha256:"):
            return self.blobs.get(reference)
        if name.startswith(PUSHED):
            return self.manifests.get((name, reference))
        key = (f"{host}/{name}", reference)
        if key not in self.manifests:
            self.manifests[key] = self.make(f"{host}/{name}:{reference}")
        return self.manifests[key]

    def make(self, reference):
        """Make an image; returns its manifest."""
        layers, diff_ids = [], []
        for tar in (self.layer, tar_of({".base": reference.encode()})):
            data = gzip.compress(tar, 1, mtime=0)
            layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **self.descriptor(data)})
            diff_ids.append("sha256:" + hashlib.sha256(tar).hexdigest())
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=" + PATH], "Cmd": ["/bin/sh"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": "made"}] * len(layers),
        }
        described = {"mediaType": "application/vnd.oci.image.config.v1+json"} | self.descriptor(as_json(config))
        manifest = as_json({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": layers})
        self.keep(manifest)
        return manifest

    def descriptor(self, data):
        """Store a blob and describe it."""
        return {"digest": self.keep(data), "size": len(data)}


def as_json(value):
    """JSON bytes."""
    return json.dumps(value).encode()


def tar_of(files, directories=()):
    """A tar archive with directories 0755 and files 0755, everything owned by 0:0 and as old as the epoch."""
    output = io.BytesIO()
    parents = {"/".join(name.split("/")[:end]) for name in files for end in range(1, name.count("/") + 1)}
    parents |= {"/".join(name.split("/")[:end]) for name in directories for end in range(1, name.count("/") + 2)}
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(parents | set(files)):
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if name in parents:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(files[name])
                archive.addfile(entry, io.BytesIO(files[name]))
    return output.getvalue()


def root_layer(needs):
    """The layer that all images share."""
    names = ["root", *sorted(needs.users - {"root"})]
    accounts = [(name, 1000 + number if number else 0) for number, name in enumerate(names)]
    files = {
        "etc/passwd": "".join(f"{name}:x:{uid}:{uid}::/:/bin/sh\n" for name, uid in accounts).encode(),
        "etc/group": "".join(f"{name}:x:{uid}:\n" for name, uid in accounts).encode(),
    }
    for source in sorted(needs.paths):
        path = posixpath.normpath("/" + re.sub(r"[*?]", "x", source)).lstrip("/")
        if path and not re.search(r"[\[$]", path):
            files[path if is_file(source) else path + "/made"] = b"made\n"
    wanted = sorted(files)
    for path in wanted:  # a path below another one: that one is a directory
        if any(other.startswith(path + "/") for other in wanted):
            del files[path]
    files.update(needs.programs)
    return tar_of(files, DIRECTORIES)


def is_file(path):
    """Does a path look like one of a file? A name that ends in a version number does not."""
    name = posixpath.basename(path)
    return bool(re.search(r"[^.]\.\w*[a-z]\w*$", name)) or ("/bin/" in path and name != "")


class Handler(http.server.BaseHTTPRequestHandler):
    """The part of the distribution protocol that BuildKit speaks."""

    protocol_version = "HTTP/1.1"
    images = None

    def log_message(self, *_arguments):
        """Say nothing."""

    def answer(self, status, body=b"", **headers):
        """Send a whole response."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        """Read the body of a request, chunked or not."""
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def where(self):
        """Split the address: (name, kind, last part, query)."""
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        found = re.fullmatch(r"/v2/(.+)/(manifests|blobs/uploads|blobs)/(.*)", address.path)
        return (*found.groups(), query) if found else ("", "", "", query)

    def do_GET(self):  # pylint: disable=invalid-name
        """Manifests, blobs, and the question whether this is a registry."""
        name, kind, last, query = self.where()
        if not kind:
            self.answer(200, b"{}")
            return
        if kind == "manifests":
            data = self.images.manifest(query.get("ns", "localhost"), name, last)
        else:
            data = self.images.blobs.get(last)
        if data is None:
            self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
            return
        media = "application/octet-stream"
        if kind == "manifests":
            media = json.loads(data).get("mediaType", MANIFEST)
        self.answer(200, data, Content_Type=media, Docker_Content_Digest="sha256:" + hashlib.sha256(data).hexdigest())

    do_HEAD = do_GET

    def do_POST(self):  # pylint: disable=invalid-name
        """Begin an upload."""
        self.body()
        name, *_ = self.where()
        self.answer(202, Location=f"/v2/{name}/blobs/uploads/one", Docker_Upload_UUID="one", Range="0-0")

    def do_PUT(self):  # pylint: disable=invalid-name
        """The whole upload, or a manifest."""
        name, kind, last, query = self.where()
        data = self.body()
        digest = self.images.keep(data)
        if kind == "manifests":
            self.images.manifests[(name, last)] = data
        elif query.get("digest") != digest:
            self.answer(400)
            return
        self.answer(201, Location=f"/v2/{name}/{kind}/{digest}", Docker_Content_Digest=digest)


class Registry:
    """The registry as a context manager; `images` is what it serves, `address` where."""

    def __init__(self):
        self.images = Images()
        handler = type("Handler", (Handler,), {"images": self.images})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self.server.shutdown()
        self.server.server_close()
