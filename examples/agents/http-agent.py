"""An agent of kind "http", standard library only: it counts the words of payload.text.

Start it with: python3 http-agent.py [port]
"""

import json
import os
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_REQUEST_BYTES = 1024 * 1024
SECRET = os.environ.get("AGENT_SECRET")


def count_words(request):
    """The work. busy_attempts, work_ms and ignore_deadline are there to try retries and time limits out."""
    payload = request["payload"]
    if not isinstance(payload, dict) or not isinstance(payload.get("text"), str):
        return {"success": False, "error": "payload.text: expected a string"}
    if request["attempt"] <= payload.get("busy_attempts", 0):
        return {"success": False, "retryable": True, "error": "busy, ask again"}
    work_ms = payload.get("work_ms", 0)
    deadline = datetime.fromisoformat(request["deadline"].replace("Z", "+00:00"))
    left = round((deadline - datetime.now(timezone.utc)).total_seconds() * 1000)
    if work_ms > left and not payload.get("ignore_deadline", False):
        return {"success": False, "error": f"{work_ms} ms of work do not fit in {left} ms"}
    time.sleep(work_ms / 1000)
    return {"success": True, "output": {"words": len(payload["text"].split())}, "cost_usd": 0.001}


# What was done is not done again: the same key gets the same answer. In memory it is forgotten with the process.
tasks = {}
tasks_lock = threading.Lock()


def answer_once(request):
    with tasks_lock:
        task = tasks.setdefault(request["idempotency_key"], {"lock": threading.Lock(), "answer": None})
    with task["lock"]:
        if task["answer"] is not None:
            return task["answer"]
        answer = count_words(request)
        if answer["success"]:
            task["answer"] = answer
        return answer


class Agent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_REQUEST_BYTES:
            self.close_connection = True
            return self.respond(413, {})
        body = self.rfile.read(length)
        if SECRET is not None and self.headers.get("authorization") != SECRET:
            return self.respond(401, {})
        try:
            request = json.loads(body)
        except ValueError as error:
            return self.respond(400, {"error": str(error)})
        try:
            answer = answer_once(request)
        except Exception as error:  # An unexpected error is a 500, which is tried again.
            return self.respond(500, {"error": str(error)})
        print(f"{request['task_id']} attempt {request['attempt']}: {json.dumps(answer)}", flush=True)
        return self.respond(200, answer)

    def respond(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 4322), Agent)
print(f"the agent listens on http://127.0.0.1:{server.server_address[1]}", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
