package stablediffusion.server.webui;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.random.Rng;
import stablediffusion.server.TestServer;
import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Limits;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Follows, ends and saves pictures through the web UI's interface, on a server where one request may wait. */
@Timeout(120)
class WebUiJobsTest {
    /** Takes seconds, so that it runs while others are sent. */
    private static final String LONG =
            "{\"prompt\": \"a red circle\", \"seed\": 1, \"steps\": 150, \"n_iter\": %d, \"width\": 128, \"height\": 128}";

    @TempDir
    private static Path saved;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(AccessRules.LOCAL, Limits.DEFAULT, 1, Optional.of(saved));
    }

    @AfterAll
    static void stop() {
        server.close();
        assertEquals(List.of(), server.bugs);
    }

    private static CompletableFuture<HttpResponse<byte[]>> paint(String json) {
        return CompletableFuture.supplyAsync(() -> server.post("/sdapi/v1/txt2img", json));
    }

    private static JsonNode progress(String query) {
        return TestServer.json(server.get("/sdapi/v1/progress" + query));
    }

    private static JsonNode awaitProgress(Predicate<JsonNode> wanted) throws InterruptedException {
        JsonNode progress = progress("");
        while (!wanted.test(progress)) {
            Thread.sleep(20);
            progress = progress("");
        }
        return progress;
    }

    private static boolean paints(JsonNode progress) {
        return progress.get("state").get("sampling_step").intValue() > 0;
    }

    private static JsonNode ok(HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        return TestServer.json(response);
    }

    @Test
    void showsProgressAndInterrupts() throws InterruptedException {
        var painting = paint(LONG.formatted(2));
        JsonNode seen = awaitProgress(progress -> progress.get("current_image").isString());
        assertTrue(seen.get("progress").doubleValue() > 0 && seen.get("progress").doubleValue() < 1, seen::toString);
        assertEquals(1, seen.get("state").get("job_count").intValue());
        assertTrue(progress("?skip_current_image=true").get("current_image").isNull());
        assertEquals(200, server.post("/sdapi/v1/interrupt", "{}").statusCode());
        assertTrue(ok(painting.join()).get("images").size() < 2);
        assertEquals(0, progress("").get("progress").doubleValue());
    }

    @Test
    void skipsAPicture() throws InterruptedException {
        var painting = paint("{\"prompt\": \"a red circle\", \"seed\": 1, \"steps\": 150, \"n_iter\": 2, \"width\": 64, \"height\": 64}");
        awaitProgress(WebUiJobsTest::paints);
        assertEquals(200, server.post("/sdapi/v1/skip", "").statusCode());
        JsonNode answer = ok(painting.join());
        assertEquals(1, answer.get("images").size());
        JsonNode info = JsonMapper.shared().readTree(answer.get("info").stringValue());
        assertTrue(info.get("infotexts").get(0).stringValue().contains("Seed: 2,"), info::toString);
    }

    @Test
    void saysWhenToComeAgainWhenItIsFull() throws InterruptedException {
        var running = paint(LONG.formatted(1));
        awaitProgress(WebUiJobsTest::paints);
        var waiting = paint("{\"prompt\": \"a star\", \"steps\": 1, \"width\": 64, \"height\": 64}");
        awaitProgress(progress -> progress.get("state").get("job_count").intValue() == 2);
        HttpResponse<byte[]> refused = server.post("/sdapi/v1/txt2img", LONG.formatted(1));
        assertEquals(503, refused.statusCode());
        assertTrue(refused.headers().firstValueAsLong("Retry-After").orElseThrow() >= 1);
        server.post("/sdapi/v1/interrupt", "");
        ok(running.join());
        assertEquals(1, ok(waiting.join()).get("images").size());
    }

    @Test
    void overridesSettingsAndSaves() throws IOException {
        JsonNode answer = ok(server.post("/sdapi/v1/txt2img", """
                {"prompt": "a star", "seed": 9, "steps": 2, "width": 64, "height": 64, "cfg_scale": 5, "sampler_name": "Euler",
                 "save_images": true, "send_images": true,
                 "override_settings": {"randn_source": "NV", "CLIP_stop_at_last_layers": 2, "sd_model_checkpoint": "tiny-shapes"}}"""));
        byte[] sent = Base64.getDecoder().decode(answer.get("images").get(0).stringValue());
        try (StableDiffusion library = TestServer.open()) {
            assertArrayEquals(library.generate(GenerationRequest.prompt("a star").seed(9).steps(2).size(64, 64).guidanceScale(5)
                    .sampler("euler").rng(Rng.CUDA).clipSkip(2).build()).toPng(), sent);
        }
        assertArrayEquals(sent, Files.readAllBytes(saved.resolve("00001-9.png")));
        JsonNode unsent = ok(server.post("/sdapi/v1/txt2img",
                "{\"prompt\": \"a star\", \"steps\": 1, \"width\": 64, \"height\": 64, \"send_images\": false}"));
        assertEquals(0, unsent.get("images").size());
    }
}
