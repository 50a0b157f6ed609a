package stablediffusion.server.webui;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.GeneratedImage;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.server.TestServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Speaks the web UI's interface with a server that runs. */
@Timeout(120)
class WebUiApiTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
        assertEquals(List.of(), server.bugs);
    }

    private static JsonNode ok(HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
        return TestServer.json(response);
    }

    private static byte[] image(JsonNode answer, int index) {
        return Base64.getDecoder().decode(answer.get("images").get(index).stringValue());
    }

    @Test
    void answersThePicturesThatTheLibraryMakes() {
        JsonNode answer = ok(server.post("/sdapi/v1/txt2img", """
                {"prompt": "a red circle", "negative_prompt": "blue", "seed": 7, "sampler_name": "DPM++ 2M", "scheduler": "Karras",
                 "cfg_scale": 5, "batch_size": 2, "n_iter": 1, "width": 64, "height": 64, "steps": 3}"""));
        GenerationRequest request = GenerationRequest.prompt("a red circle").negativePrompt("blue").seed(7).sampler("dpm++2m")
                .schedule(Schedule.KARRAS).guidanceScale(5).size(64, 64).steps(3).build();
        try (StableDiffusion library = TestServer.open()) {
            List<GeneratedImage> expected = library.generate(request.batch(2), stablediffusion.GenerationListener.NONE);
            assertEquals(2, answer.get("images").size());
            assertArrayEquals(expected.get(0).toPng(), image(answer, 0));
            assertArrayEquals(expected.get(1).toPng(), image(answer, 1));
            JsonNode info = JsonMapper.shared().readTree(answer.get("info").stringValue());
            assertEquals(expected.get(0).metadata(), info.get("infotexts").get(0).stringValue());
            assertEquals(7, info.get("seed").intValue());
            assertEquals("[7,8]", info.get("all_seeds").toString());
            assertEquals("DPM++ 2M", info.get("sampler_name").stringValue());
            assertEquals(3, answer.get("parameters").get("steps").intValue());
        }
    }

    @Test
    void takesTheDefaultsOfTheWebUi() {
        JsonNode answer =
                ok(server.post("/sdapi/v1/txt2img", "{\"prompt\": \"a star\", \"width\": 64, \"height\": 64, \"styles\": [\"x\"]}"));
        JsonNode info = JsonMapper.shared().readTree(answer.get("info").stringValue());
        assertEquals("Euler", info.get("sampler_name").stringValue());
        assertEquals(50, info.get("steps").intValue());
        assertEquals(7, info.get("cfg_scale").doubleValue());
        assertTrue(info.get("seed").longValue() >= 0);
        assertEquals("styles are ignored: this server has none", info.get("notes").get(0).stringValue());
    }
}
