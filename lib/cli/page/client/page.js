import { followChanges } from "./live.js";
import { takeUploads } from "./upload.js";

const main = document.querySelector("main");
if (main?.dataset.events) followChanges(main.dataset.events);
const form = document.querySelector("#upload");
if (form) takeUploads(form);
