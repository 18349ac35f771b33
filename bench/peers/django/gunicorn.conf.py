import gc
import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = int(os.environ.get("WORKERS", 2))
# Unlike the default worker it keeps connections open between requests. More threads would only compete for the interpreter.
worker_class = "gthread"
threads = int(os.environ.get("THREADS", 2))
keepalive = 75
# Imported once, before the workers are forked.
preload_app = True
loglevel = "warning"


def when_ready(server):
    # Imported modules are never garbage: the collector skips them, and checks the rest less often.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    print("ready", flush=True)
