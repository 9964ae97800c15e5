// The viewer of the API's description. SwaggerUIBundle comes from a script of its own before this one.
const place = document.getElementById("api-viewer");
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  // So many calls drawn at once take a browser minutes: a section is drawn when it is opened.
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  // Nothing leaves this server: no validator badge.
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
});
