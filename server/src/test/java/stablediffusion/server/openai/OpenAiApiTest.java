package stablediffusion.server.openai;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.openai.OpenAiImageModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.image.PictureFile;
import stablediffusion.server.TestServer;
import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Limits;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import javax.imageio.ImageIO;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Speaks OpenAI's interface with a server that runs, also with the client of LangChain4j. */
@Timeout(120)
class OpenAiApiTest {
    private static final String KEY = "a key";
    private static final String SMALL = "\"size\": \"64x64\", \"steps\": 2, \"seed\": 3";
    private static final String BOUNDARY = "----a-boundary";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new AccessRules(Optional.of(KEY), Set.of(), Set.of()), Limits.DEFAULT, 100, Optional.empty());
    }

    @AfterAll
    static void stop() {
        server.close();
        assertEquals(List.of(), server.bugs);
    }

    private static HttpRequest.Builder request(String path) {
        return server.request(path).header("Authorization", "Bearer " + KEY);
    }

    private static HttpResponse<byte[]> generate(String fields) {
        return server.send(request("/v1/images/generations").header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{" + fields + "}")).build());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static JsonNode ok(HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), text(response));
        return TestServer.json(response);
    }

    private static byte[] png(JsonNode answer, int index) {
        return Base64.getDecoder().decode(answer.get("data").get(index).get("b64_json").stringValue());
    }

    private static JsonNode error(HttpResponse<byte[]> response, int status) {
        assertEquals(status, response.statusCode(), text(response));
        return TestServer.json(response).get("error");
    }

    @Test
    void answersThePicturesThatTheLibraryMakes() {
        JsonNode answer =
                ok(generate("\"prompt\": \"a star\", \"n\": 2, \"response_format\": \"b64_json\", \"quality\": \"high\", " + SMALL));
        GenerationRequest request = GenerationRequest.prompt("a star").size(64, 64).steps(2).seed(3).build();
        try (StableDiffusion library = TestServer.open()) {
            assertArrayEquals(library.generate(request).toPng(), png(answer, 0));
            assertArrayEquals(library.generate(request.withSeed(4)).toPng(), png(answer, 1));
        }
        assertEquals("quality is ignored", answer.get("notes").get(0).stringValue());
        assertTrue(answer.get("created").longValue() > 1_700_000_000);
    }

    @Test
    void answersAddressesThatNeedNoKey() {
        JsonNode answer = ok(generate("\"prompt\": \"a star\", \"response_format\": \"url\", " + SMALL));
        String url = answer.get("data").get(0).get("url").stringValue();
        HttpResponse<byte[]> picture = server.send(server.request("").uri(URI.create(url)).build());
        assertEquals(200, picture.statusCode());
        assertEquals("image/png", picture.headers().firstValue("Content-Type").orElseThrow());
        assertEquals(64, PictureFile.read(picture.body(), "picture").getWidth());
        String other = url.replaceFirst("/pictures/.", "/pictures/x");
        assertEquals(404, server.send(server.request("").uri(URI.create(other)).build()).statusCode());
    }

    @Test
    void saysWhatIsWrongAsOpenAiDoes() {
        JsonNode unknown = error(generate("\"prompt\": \"a\", \"colour\": 1"), 400);
        assertEquals("Unknown parameter: 'colour'.", unknown.get("message").stringValue());
        assertEquals("unknown_parameter", unknown.get("code").stringValue());
        assertEquals("colour", unknown.get("param").stringValue());
        assertEquals("missing_required_parameter", error(generate(""), 400).get("code").stringValue());
        assertEquals("model_not_found", error(generate("\"prompt\": \"a\", \"model\": \"dall-e-3\""), 400).get("code").stringValue());
        assertEquals("size", error(generate("\"prompt\": \"a\", \"size\": \"big\""), 400).get("param").stringValue());
        assertEquals("n", error(generate("\"prompt\": \"a\", \"n\": 0"), 400).get("param").stringValue());
        assertEquals("output_format", error(generate("\"prompt\": \"a\", \"output_format\": \"webp\""), 400).get("param").stringValue());
        assertEquals("invalid_request_error", error(generate("\"prompt\": \"a\", \"size\": \"65x64\""), 400).get("type").stringValue());
        assertEquals("invalid_request_error", error(server.get("/v1/models"), 401).get("type").stringValue());
    }

    @Test
    void streamsPreviewsAndThePicture() {
        HttpResponse<byte[]> response =
                generate("\"prompt\": \"a star\", \"stream\": true, \"partial_images\": 2, \"size\": \"128x128\", \"steps\": 20");
        assertEquals("text/event-stream", response.headers().firstValue("Content-Type").orElseThrow());
        List<JsonNode> events = events(text(response));
        List<String> types = events.stream().map(event -> event.get("type").stringValue()).toList();
        // As many previews as the time allows: they take a fifth of it at most.
        assertTrue(types.size() == 2 || types.size() == 3, types.toString());
        assertEquals(List.of("image_generation.partial_image", "image_generation.completed"), types.stream().distinct().toList());
        assertEquals(0, events.get(0).get("partial_image_index").intValue());
        for (JsonNode event : events) {
            byte[] png = Base64.getDecoder().decode(event.get("b64_json").stringValue());
            assertEquals(128, PictureFile.read(png, "picture").getWidth());
        }
    }

    private static List<JsonNode> events(String stream) {
        List<JsonNode> events = new ArrayList<>();
        for (String line : stream.lines().toList()) {
            if (line.startsWith("data: ")) {
                events.add(JsonMapper.shared().readTree(line.substring("data: ".length())));
            }
        }
        return events;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    /** Red, transparent on its left half. */
    private static BufferedImage halfTransparent() {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillRect(32, 0, 32, 64);
        graphics.dispose();
        return image;
    }

    private static HttpResponse<byte[]> edit(Map<String, byte[]> files, String... fields) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            body.write(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i + 1] + "\r\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            body.write(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + file.getKey()
                    + "\"; filename=\"../../x.png\"\r\nContent-Type: image/png\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            body.write(file.getValue());
            body.write("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.write(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return server.send(request("/v1/images/edits").header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build());
    }

    @Test
    void paintsWhatIsTransparentAnew() throws IOException {
        JsonNode answer =
                ok(edit(Map.of("image", png(halfTransparent())), "prompt", "a blue circle", "response_format", "b64_json", "size", "64x64",
                        "steps", "4", "seed", "1"));
        BufferedImage edited = PictureFile.read(png(answer, 0), "picture");
        assertEquals(Color.RED.getRGB(), edited.getRGB(50, 10));
        assertEquals(Color.RED.getRGB(), edited.getRGB(33, 60));
        assertNotEquals(Color.RED.getRGB(), edited.getRGB(10, 30));
        // The same, with the mask beside an opaque picture.
        BufferedImage opaque = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        opaque.createGraphics().drawImage(halfTransparent(), 0, 0, Color.WHITE, null);
        JsonNode masked =
                ok(edit(Map.of("image[]", png(opaque), "mask", png(halfTransparent())), "prompt", "a blue circle", "response_format",
                        "b64_json", "size", "64x64", "steps", "4", "seed", "1"));
        assertArrayEquals(png(answer, 0), png(masked, 0));
    }

    @Test
    void refusesFormsThatAreNone() throws IOException {
        assertEquals("image", error(edit(Map.of(), "prompt", "a"), 400).get("param").stringValue());
        assertEquals("image", error(edit(Map.of("image", new byte[] {1, 2, 3}), "prompt", "a"), 400).get("param").stringValue());
        assertEquals("prompt", error(edit(Map.of("image", png(halfTransparent()))), 400).get("param").stringValue());
        BufferedImage opaque = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        assertEquals("mask", error(edit(Map.of("image", png(opaque), "mask", png(opaque)), "prompt", "a"), 400).get("param").stringValue());
        error(server.send(request("/v1/images/edits").POST(HttpRequest.BodyPublishers.ofString("{}")).build()), 400);
        error(server.send(request("/v1/images/edits").header("Content-Type", "multipart/form-data; boundary=x")
                .POST(HttpRequest.BodyPublishers.ofString("--y")).build()), 400);
    }

    @Test
    void listsModels() {
        JsonNode models = ok(server.send(request("/v1/models").build()));
        assertEquals(TestServer.MODEL, models.get("data").get(0).get("id").stringValue());
        assertEquals("model", ok(server.send(request("/v1/models/" + TestServer.MODEL).build())).get("object").stringValue());
        assertEquals(404, server.send(request("/v1/models/none").build()).statusCode());
    }

    @Test
    void langChain4jPaintsAndEdits() {
        OpenAiImageModel model = OpenAiImageModel.builder()
                .baseUrl(server.address() + "/v1")
                .apiKey(KEY)
                .modelName(TestServer.MODEL)
                .size("64x64")
                .build();
        Image image = model.generate("a red circle").content();
        assertEquals(64, PictureFile.read(Base64.getDecoder().decode(image.base64Data()), "picture").getHeight());
        List<Image> two = model.generate("a red circle", 2).content();
        assertNotEquals(two.get(0).base64Data(), two.get(1).base64Data());

        Image start = Image.builder().base64Data(image.base64Data()).mimeType("image/png").build();
        Image edited = model.edit(start, "a blue circle").content();
        assertEquals(64, PictureFile.read(Base64.getDecoder().decode(edited.base64Data()), "picture").getHeight());
    }
}
