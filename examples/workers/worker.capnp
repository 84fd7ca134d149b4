# Runs worker.js without Cloudflare: GCORE_SECRET=… npx workerd serve worker.capnp
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "endpoint", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:3000", http = (), service = "endpoint")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "videojs-signed-url/signers", esModule = embed "node_modules/videojs-signed-url/dist/signers.js"),
  ],
  bindings = [(name = "GCORE_SECRET", fromEnvironment = "GCORE_SECRET")],
  compatibilityDate = "2026-01-01",
);
