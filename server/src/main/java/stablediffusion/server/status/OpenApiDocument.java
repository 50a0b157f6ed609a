package stablediffusion.server.status;

import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Field;
import stablediffusion.server.http.Json;
import stablediffusion.server.http.Route;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Describes routes by the OpenAPI Specification, version 3.1. */
public final class OpenApiDocument {
    private static final String PATH = "/openapi.json";
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private OpenApiDocument() {}

    /** Returns routes and the one that describes them all, itself too. */
    public static List<Route> describing(List<Route> routes) {
        List<Route> all = new ArrayList<>(routes);
        Route self = route(new byte[0]);
        all.add(self);
        byte[] document = Json.text(document(all)).getBytes(StandardCharsets.UTF_8);
        all.set(all.size() - 1, route(document));
        return List.copyOf(all);
    }

    private static Route route(byte[] document) {
        return Route.get(PATH, ErrorForm.DETAIL, "Describes all routes by the OpenAPI Specification.",
                exchange -> exchange.send(Route.JSON, document)).withoutKey();
    }

    private static Map<String, Object> document(List<Route> routes) {
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        for (Route route : routes) {
            paths.computeIfAbsent(route.path(), _ -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put("info", Map.of("title", "Stable Diffusion on TornadoVM", "version", "1"));
        document.put("paths", paths);
        document.put("components", Map.of("securitySchemes", Map.of("key", Map.of("type", "http", "scheme", "bearer"))));
        return document;
    }

    private static Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("summary", route.summary());
        operation.put("security", route.open() ? List.of() : List.of(Map.of("key", List.of())));
        List<Map<String, Object>> parameters = new ArrayList<>();
        Matcher names = PARAMETER.matcher(route.path());
        while (names.find()) {
            parameters.add(Map.of("name", names.group(1), "in", "path", "required", true, "schema", Map.of("type", "string")));
        }
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        if (!route.body().isEmpty()) {
            operation.put("requestBody", Map.of("content", Map.of(route.bodyType(), Map.of("schema", schema(route.body())))));
        }
        operation.put("responses", Map.of(
                "200", Map.of("description", route.answer(), "content", Map.of(route.answerType(), Map.of())),
                "default", Map.of("description", "An error", "content", Map.of(Route.JSON, Map.of()))));
        return operation;
    }

    private static Map<String, Object> schema(List<Field> fields) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Field field : fields) {
            Map<String, Object> property = new LinkedHashMap<>();
            property.put("type", field.type().json());
            switch (field.type()) {
                case STRINGS -> property.put("items", Map.of("type", "string"));
                case FILE -> property.put("format", "binary");
                // @formatter:off
                case STRING, INTEGER, NUMBER, BOOLEAN, OBJECT -> { }
                // @formatter:on
            }
            property.put("description", field.description());
            field.defaultValue().ifPresent(value -> property.put("default", value));
            properties.put(field.name(), property);
        }
        return Map.of("type", "object", "properties", properties);
    }
}
