package stablediffusion.server.status;

import org.junit.jupiter.api.Test;
import stablediffusion.server.TestServer;
import stablediffusion.server.http.Route;
import tools.jackson.databind.JsonNode;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OpenApiDocumentTest {
    @Test
    void describesAllRoutesAndNoOthers() {
        try (TestServer server = new TestServer()) {
            JsonNode document = TestServer.json(server.get("/openapi.json"));
            assertTrue(document.get("openapi").stringValue().startsWith("3.1"));
            Set<String> described = new TreeSet<>();
            document.get("paths").properties().forEach(path -> path.getValue().propertyNames()
                    .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
            Set<String> routes = new TreeSet<>();
            for (Route route : server.server().routes()) {
                routes.add(route.method() + " " + route.path());
                JsonNode operation = document.get("paths").get(route.path()).get(route.method().toLowerCase(Locale.ROOT));
                assertTrue(operation.get("summary").stringValue().endsWith("."), route.path());
                assertEquals(!route.body().isEmpty(), operation.has("requestBody"), route.path());
            }
            assertEquals(routes, described);
            // What is described is answered.
            for (Route route : server.server().routes()) {
                if (route.method().equals("GET") && !route.path().contains("{")) {
                    assertEquals(200, server.get(route.path()).statusCode(), route.path());
                }
            }
        }
    }
}
