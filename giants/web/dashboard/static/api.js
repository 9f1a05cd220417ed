// The page of the API: Swagger UI, from this service alone.
addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    filter: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    validatorUrl: "none", // it would send the document elsewhere
  });
});
