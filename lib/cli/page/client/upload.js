/** Sends a file, and gives the run that it starts; XMLHttpRequest, because fetch does not tell how far it is. */
const send = (file, onProgress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/runs");
    request.setRequestHeader("x-phase21", "page");
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
    request.addEventListener("error", () => reject(new Error("the connection broke; is serve still running?")));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response);
      else reject(new Error(request.response?.error ?? `the server answered ${request.status}`));
    });
    request.send(file);
  });

/** Starts a run with a file that is dropped on the form or chosen in it; one at a time. */
export const takeUploads = (form) => {
  const input = form.querySelector("input[type=file]");
  const progress = form.querySelector("progress");
  const said = form.querySelector("[role=status]");
  let isBusy = false;

  const take = async (files) => {
    const [file, second] = files;
    if (file === undefined || isBusy) return;
    if (second !== undefined) {
      said.textContent = "One file at a time, please.";
      return;
    }
    isBusy = true;
    form.classList.add("busy");
    progress.hidden = false;
    said.textContent = `Sending ${file.name}`;
    try {
      const { run_id: run, is_new: isNew } = await send(file, (share) => {
        progress.value = 100 * share;
      });
      said.textContent = isNew ? "Taken. Its run opens." : "This file was taken before. Its run opens.";
      location.assign(`/runs/${encodeURIComponent(run)}`);
    } catch (error) {
      said.textContent = `Not taken: ${error.message}`;
    } finally {
      isBusy = false;
      progress.hidden = true;
      form.classList.remove("busy");
      input.value = "";
    }
  };

  let depth = 0;
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    form.classList.toggle("over", depth > 0);
  };
  // The whole window takes it: a file dropped beside the form would else replace the page.
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(-depth);
    void take(event.dataTransfer?.files ?? []);
  });
  input.addEventListener("change", () => void take(input.files));
  form.addEventListener("submit", (event) => event.preventDefault());
};
