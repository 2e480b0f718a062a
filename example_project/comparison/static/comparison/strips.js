"use strict";
// Without this script, the buttons load the page again. With it, they draw while the server works.
const form = document.getElementById("buttons");
const happened = document.getElementById("happened");
let running = false;

function draw(text, ids) {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const id of ids) {
    document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
  }
}

async function look() {
  const text = await (await fetch(location.href)).text();
  if (running) draw(text, ["strips"]);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running) return;
  running = true;
  const button = event.submitter;
  button.setAttribute("aria-busy", "true");
  happened.textContent = `${button.textContent} …`;
  const data = new FormData(form);
  data.set(button.name, button.value);
  const timer = setInterval(() => look().catch(() => {}), 200);
  try {
    const answer = await fetch(location.href, { method: "POST", body: data });
    if (!answer.ok) throw new Error(answer.statusText);
    const text = await answer.text();
    running = false;
    draw(text, ["strips", "chart", "happened"]);
  } catch {
    happened.textContent = "The server has not answered as it should.";
  } finally {
    running = false;
    clearInterval(timer);
    button.removeAttribute("aria-busy");
  }
});
