package stablediffusion.server.http;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.server.TestServer;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Asks a server in ways that browsers, strangers and broken programs do. */
@Timeout(120)
class HttpServerTest {
    private static final String KEY = "a key";
    private static final int LARGEST_BODY = 100_000;
    private static final int MALFORMED = 500;
    private static TestServer server;

    @BeforeAll
    static void start() {
        AccessRules rules = new AccessRules(Optional.of(KEY), Set.of(), Set.of("https://site.example"));
        server = new TestServer(rules, new Limits(LARGEST_BODY, 128 * 128, 128 * 128, 20, 4, 500), 100, Optional.empty());
    }

    @AfterAll
    static void stop() {
        server.close();
        assertEquals(List.of(), server.bugs);
    }

    private static String body(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    /** Sends a request as it is and returns all that comes back until the connection ends. */
    private static String raw(String request) throws IOException {
        return raw(request.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String raw(byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            out.write(request);
            out.flush();
            socket.shutdownOutput();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String get(String path, String... headers) throws IOException {
        return raw("GET " + path + " HTTP/1.1\r\n" + String.join("", java.util.Arrays.stream(headers).map(line -> line + "\r\n").toList())
                + "Connection: close\r\n\r\n");
    }

    private static void assertStatus(int status, String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    }

    @Test
    void needsTheKey() throws IOException {
        assertEquals(401, server.get("/sdapi/v1/samplers").statusCode());
        assertEquals(401, server.send(server.request("/v1/models").header("Authorization", "Bearer wrong").build()).statusCode());
        assertEquals(200, server.send(server.request("/v1/models").header("Authorization", "Bearer " + KEY).build()).statusCode());
        for (String open : List.of("/health", "/ready", "/", "/openapi.json")) {
            assertEquals(200, server.get(open).statusCode(), open);
        }
        for (String closed : List.of("/metrics", "/api/server", "/sdapi/v1/options")) {
            assertEquals(401, server.get(closed).statusCode(), closed);
        }
    }

    @Test
    @Timeout(10)
    void endsAConnectionWhenTheClientAsksForIt() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
            socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            assertStatus(200, new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Tests bodies that nobody reads, with and without more than was announced: the rest is no request. */
    @ParameterizedTest
    @ValueSource(strings = {"", "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"})
    void answersOnceBeforeItEndsAConnection(String rest) throws IOException {
        String answer = raw("POST /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY
                + "\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{\"a\": 1}" + rest);
        assertStatus(404, answer);
        assertEquals(1, answer.split("HTTP/1\\.1 ", -1).length - 1, answer);
    }

    /** Tests a client that announces to wait with its body, and does not: the body is no request. */
    @Test
    void answersOnceWhoDoesNotWaitForContinue() throws IOException {
        String body = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        String answer = raw("POST /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY
                + "\r\nExpect: 100-continue\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        assertStatus(404, answer);
        assertEquals(1, answer.split("HTTP/1\\.1 ", -1).length - 1, answer);
    }

    @Test
    void answersOnceThatABodyIsTooLarge() throws IOException {
        int length = (int) (1.5 * LARGEST_BODY);
        String answer = raw("POST /sdapi/v1/png-info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY
                + "\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(length) + "\r\n" + "a".repeat(length) + "\r\n0\r\n\r\n");
        assertStatus(413, answer);
        assertEquals(1, answer.split("HTTP/1\\.1 ", -1).length - 1, answer);
    }

    @Test
    void answersNoForeignHostAndNoForeignPage() throws IOException {
        assertStatus(421, get("/health", "Host: evil.example"));
        assertStatus(200, get("/health", "Host: localhost"));
        assertStatus(403, get("/health", "Host: localhost", "Origin: http://evil.example"));
        assertStatus(403, get("/health", "Host: localhost", "Origin: null"));
        assertStatus(403, get("/health", "Host: localhost", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"));
        assertStatus(200, get("/", "Host: localhost", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"));
        assertStatus(200, get("/health", "Host: localhost:1", "Origin: http://localhost:1"));
    }

    @Test
    void answersNamedSitesOnly() throws IOException {
        String named = raw("OPTIONS /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: https://site.example\r\nConnection: close\r\n\r\n");
        assertStatus(204, named);
        assertTrue(named.contains("Access-Control-Allow-Origin: https://site.example\r\n"), named);
        String other = raw("OPTIONS /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: https://other.example\r\nConnection: close\r\n\r\n");
        assertStatus(403, other);
        assertFalse(other.contains("Access-Control-Allow"), other);
        // Not without the key, and readable for the site's page.
        String get = get("/v1/models", "Host: localhost", "Origin: https://site.example");
        assertStatus(401, get);
        assertTrue(get.contains("Access-Control-Allow-Origin: https://site.example\r\n"), get);
    }

    @Test
    void protectsItsPage() {
        HttpResponse<byte[]> page = server.get("/");
        String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
                policy);
        assertEquals("nosniff", page.headers().firstValue("X-Content-Type-Options").orElseThrow());
        assertEquals("DENY", page.headers().firstValue("X-Frame-Options").orElseThrow());
    }

    private static HttpResponse<byte[]> post(String path, String json) {
        return server.send(server.request(path).header("Authorization", "Bearer " + KEY).header("Content-Type", "application/json")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(json)).build());
    }

    private static void assertRefuses(int status, String expected, String json) {
        HttpResponse<byte[]> response = post("/sdapi/v1/txt2img", json);
        assertEquals(status, response.statusCode(), body(response));
        assertTrue(body(response).contains(expected), body(response));
    }

    @Test
    void hasLimits() {
        assertRefuses(413, "more than 100000 bytes", "{\"prompt\": \"" + "a".repeat(100_000) + "\"}");
        assertRefuses(422, "pixels", "{\"width\": 512, \"height\": 512}");
        assertRefuses(422, "\"steps\"", "{\"steps\": 21}");
        assertRefuses(422, "\"steps\"", "{\"steps\": 0}");
        assertRefuses(422, "\"batch_size\"", "{\"batch_size\": 5}");
        assertRefuses(422, "8 pictures are more than 4", "{\"batch_size\": 2, \"n_iter\": 4}");
        assertRefuses(422, "\"prompt\"", "{\"prompt\": \"" + "a".repeat(501) + "\"}");
    }

    @Test
    void refusesWhatIsNoRequest() {
        assertRefuses(422, "value_error.jsondecode", "{");
        assertRefuses(422, "value is not a valid dict", "[]");
        assertRefuses(422, "value_error.jsondecode", "[".repeat(90_000));
        assertRefuses(422, "type_error.integer", "{\"steps\": \"many\"}");
        assertRefuses(422, "type_error.integer", "{\"steps\": 1e999}");
        assertRefuses(422, "type_error.str", "{\"prompt\": 1}");
        assertRefuses(422, "type_error.bool", "{\"enable_hr\": \"perhaps\"}");
        assertRefuses(422, "not a multiple of 8", "{\"width\": 65, \"height\": 64}");
        assertRefuses(404, "Sampler not found", "{\"sampler_name\": \"magic\"}");
        assertRefuses(404, "Scheduler not found", "{\"scheduler\": \"magic\"}");
        assertRefuses(404, "there is no model", "{\"override_settings\": {\"sd_model_checkpoint\": \"../../etc/passwd\"}}");
        assertRefuses(422, "cannot do that", "{\"enable_hr\": true}");
        assertRefuses(422, "Script 'x' not found", "{\"script_name\": \"x\"}");
        assertRefuses(422, "always on script controlnet not found", "{\"alwayson_scripts\": {\"controlnet\": {}}}");
        assertRefuses(422, "type_error.float", "{\"cfg_scale\": 1e999}");
    }

    @Test
    void saysWhatThereIsNot() {
        HttpResponse<byte[]> nothing = server.get("/sdapi/v1/nothing");
        assertEquals(401, nothing.statusCode());
        assertEquals(404, post("/sdapi/v1/nothing", "{}").statusCode());
        assertEquals("{\"detail\":\"Not Found\"}", body(post("/sdapi/v1/nothing", "{}")));
        assertEquals(405, post("/sdapi/v1/samplers", "{}").statusCode());
        JsonNode error = TestServer.json(post("/v1/nothing", "{}")).get("error");
        assertEquals("invalid_request_error", error.get("type").stringValue());
    }

    @Test
    void opensNoFileAndNoAddress() {
        String image = "{\"init_images\": [\"%s\"], \"width\": 64, \"height\": 64, \"steps\": 2}";
        for (String path : List.of("http://127.0.0.1:1/a.png", "HTTPS://x/a.png", "file:///etc/passwd", "/etc/passwd",
                "data:image/png;base64,AAAA", "")) {
            HttpResponse<byte[]> response = post("/sdapi/v1/img2img", String.format(image, path));
            assertEquals(422, response.statusCode(), path + ": " + body(response));
        }
        for (String path : List.of("/page/../Page.class", "/page/%2e%2e/Page.class", "/page/..%2fPage.class", "/pictures/../../etc/passwd",
                "/page/", "/page/index.html/", "//etc/passwd")) {
            HttpResponse<byte[]> response = server.send(server.request("").uri(java.net.URI.create(server.address() + path))
                    .header("Authorization", "Bearer " + KEY).build());
            assertTrue(response.statusCode() == 404 || response.statusCode() == 400, path + " " + response.statusCode());
        }
    }

    @Test
    void outlivesMalformedRequests() throws IOException {
        Random random = new Random(1);
        byte[] good =
                "POST /sdapi/v1/txt2img HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a key\r\nContent-Length: 12\r\n\r\n{\"steps\": 0}"
                        .getBytes(StandardCharsets.ISO_8859_1);
        Set<String> statuses = new TreeSet<>();
        for (int i = 0; i < MALFORMED; i++) {
            byte[] damaged = good.clone();
            for (int j = random.nextInt(5); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            String answer = raw(java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length) + 1));
            statuses.add(answer.substring(0, Math.min(12, answer.length())));
        }
        assertTrue(statuses.stream().noneMatch(status -> status.contains("200") || status.contains("500")), statuses.toString());
        assertEquals(200, server.get("/health").statusCode());
    }

    @Test
    void aClientThatGoesAwayCancelsItsJob() throws IOException, InterruptedException {
        String request = "{\"prompt\": \"gone\", \"width\": 128, \"height\": 128, \"steps\": 20, \"batch_size\": 4}";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
            socket.getOutputStream()
                    .write(("POST /sdapi/v1/txt2img HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a key\r\nContent-Length: "
                            + request.length() + "\r\n\r\n" + request).getBytes(StandardCharsets.ISO_8859_1));
            awaitJobs("sd_jobs_running 1.0");
        }
        awaitJobs("sd_jobs_total{result=\"cancelled\"} 1.0");
        assertTrue(server.answered.stream().anyMatch(answer -> answer.status() == Answered.GONE), server.answered.toString());
    }

    private static void awaitJobs(String line) throws InterruptedException {
        String metrics = "";
        for (int i = 0; i < 300; i++) {
            metrics = body(server.send(server.request("/metrics").header("Authorization", "Bearer " + KEY).build()));
            if (metrics.contains(line)) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError(line + " is not in " + metrics);
    }
}
