/** Shows what a task is about. Text goes in as text and addresses only as http(s) or a path of this site: both come from outside. */
import { gettext } from "./words.js";

function make(name, className, fields = {}) {
  return Object.assign(document.createElement(name), { className, ...fields });
}

const PICTURE = /^data:image\/(png|jpeg|gif|webp);/i;

/** For src of a picture or a medium; as a link only http(s) will do, which `website` asks for. */
export function safeAddress(address) {
  try {
    const url = new URL(address, location.href);
    return ["http:", "https:"].includes(url.protocol) || PICTURE.test(url.href) ? url.href : "";
  } catch {
    return "";
  }
}

const SHOW = {
  text: (content) => make("div", "attachment-text", { textContent: content, dir: "auto" }),
  image: (content) => make("img", "attachment-image", { src: safeAddress(content), alt: gettext("The attachment of this task") }),
  audio: (content) => make("audio", "", { src: safeAddress(content), controls: true }),
  video: (content) => make("video", "attachment-image", { src: safeAddress(content), controls: true }),
  website: (content) => {
    const paragraph = make("p", "");
    const href = safeAddress(content);
    if (!href.startsWith("http")) return SHOW.text(content);
    paragraph.append(make("a", "", { href, target: "_blank", rel: "noreferrer noopener", textContent: content }));
    return paragraph;
  },
};

/** [{type, content}] of a task; `attachmentUrl` stands for its first file. */
export function attachmentsOf(params, attachmentUrl) {
  const single = params?.attachment ? [{ type: params.attachment_type, content: params.attachment }] : [];
  const many = Array.isArray(params?.attachments) ? params.attachments : [];
  return [...single, ...many].map((one, index) => {
    const { type, content } = typeof one === "object" && one ? one : { type: params.attachment_type, content: one };
    const isFile = ["image", "audio", "video"].includes(type);
    return { type, content: isFile && index === 0 && attachmentUrl ? attachmentUrl : String(content ?? one?.url ?? "") };
  }).filter((one) => one.content);
}

export const elementOf = ({ type, content }) => (SHOW[type] || SHOW.text)(content);

export function showAttachments(container, params, attachmentUrl) {
  const shown = attachmentsOf(params, attachmentUrl);
  container.replaceChildren(...shown.map(elementOf));
  // Text that a comment can be pinned to: see parts/audit/pins.js.
  for (const text of container.querySelectorAll(".attachment-text")) text.dataset.spanField = "attachment";
  container.hidden = !shown.length;
}
