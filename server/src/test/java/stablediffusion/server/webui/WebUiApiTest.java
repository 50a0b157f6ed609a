package stablediffusion.server.webui;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.GeneratedImage;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.server.TestServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;

import javax.imageio.ImageIO;

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
    void paintsUnderAMaskAsTheLibraryDoes() throws IOException {
        BufferedImage picture = new BufferedImage(120, 80, BufferedImage.TYPE_INT_RGB);
        BufferedImage mask = new BufferedImage(120, 80, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 20; i++) {
            picture.setRGB(i, i, 0xFF8000);
            for (int x = 40; x < 70; x++) {
                mask.setRGB(x, 30 + i, 0xFFFFFF);
            }
        }
        String common = "\"init_images\": [\"" + base64(picture) + "\"], \"mask\": \"" + base64(mask) + "\", \"mask_blur\": 0, "
                + "\"prompt\": \"a star\", \"seed\": 5, \"steps\": 4, \"denoising_strength\": 0.5, \"width\": 64, \"height\": 64, ";
        GenerationRequest.Builder onlyMasked =
                GenerationRequest.prompt("a star").seed(5).steps(4).sampler("euler").guidanceScale(7).size(64, 64)
                        .initialImage(picture).mask(mask).strength(0.5);
        try (StableDiffusion library = TestServer.open()) {
            // As in the web UI, only what is masked is worked on, and the colours around fill it, where a request says nothing of it.
            JsonNode usual = ok(server.post("/sdapi/v1/img2img", "{" + common + "\"inpaint_full_res_padding\": 8}"));
            assertArrayEquals(library.generate(onlyMasked.maskFill(MaskFill.SURROUNDINGS).onlyMasked(8).build()).toPng(), image(usual, 0));
            JsonNode noise = ok(server.post("/sdapi/v1/img2img", "{" + common + "\"inpainting_fill\": 2}"));
            assertArrayEquals(library.generate(onlyMasked.maskFill(MaskFill.NOISE).onlyMasked(0).build()).toPng(), image(noise, 0));
        }
        JsonNode whole = ok(server.post("/sdapi/v1/img2img", "{" + common + "\"inpaint_full_res\": false, \"inpainting_fill\": 3}"));
        assertEquals(64, ImageIO.read(new ByteArrayInputStream(image(whole, 0))).getWidth());
        assertEquals(422, server.post("/sdapi/v1/img2img", "{" + common + "\"inpainting_fill\": 4}").statusCode());
    }

    /** A mask that is all black is the client's to mend, not a fault of the server. */
    @Test
    void refusesAMaskThatIsAllBlack() throws IOException {
        String black = base64(new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB));
        HttpResponse<byte[]> refused =
                server.post("/sdapi/v1/img2img", "{\"init_images\": [\"" + black + "\"], \"mask\": \"" + black + "\"}");
        assertEquals(422, refused.statusCode());
        assertTrue(TestServer.json(refused).get("detail").stringValue().contains("all black"));
    }

    private static String base64(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
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
