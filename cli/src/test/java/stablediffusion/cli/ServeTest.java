package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs {@code sd serve} and asks it. */
@Timeout(120)
class ServeTest {
    private static final Pattern SERVING = Pattern.compile("serving tiny-shapes at (http://127\\.0\\.0\\.1:\\d+)/\\R");

    @TempDir
    private Path folder;

    /** Runs the command in a thread, which an interrupt ends. */
    private static final class Serving implements AutoCloseable {
        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private final Thread thread;

        Serving(String... options) {
            CommandLine sd = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
            String[] arguments = new String[options.length + 5];
            System.arraycopy(new String[] {"serve", "--listen", "127.0.0.1:0", "--model", SharedModel.folder().toString()}, 0, arguments, 0,
                    5);
            System.arraycopy(options, 0, arguments, 5, options.length);
            thread = Thread.ofPlatform().start(() -> sd.execute(arguments));
        }

        String address() throws InterruptedException {
            while (true) {
                Matcher serving = SERVING.matcher(out.toString());
                if (serving.find()) {
                    return serving.group(1);
                }
                assertTrue(thread.isAlive(), err.toString());
                Thread.sleep(20);
            }
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static HttpResponse<String> post(String address, String path, String json) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(address + path)).header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(json)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void paintsThePicturesOfTheCommandLineByteForByte() throws IOException, InterruptedException {
        Path file = folder.resolve("star.png");
        CommandLineRun run =
                CommandLineRun.of("generate", "a (yellow:1.2) star", "-n", "blue", "--seed", "5", "--steps", "4", "--cfg-scale", "6",
                        "--sampler", "dpm++2m", "--schedule", "karras", "-W", "96", "-H", "64", "--clip-skip", "2",
                        "--model", SharedModel.folder().toString(), "-o", file.toString());
        assertEquals(0, run.exitCode(), run.err());
        Path saved = folder.resolve("saved");
        try (Serving serving = new Serving("--save-dir", saved.toString(), "--log-format", "json")) {
            String fields = """
                    {"prompt": "a (yellow:1.2) star", "negative_prompt": "blue", "seed": 5, "steps": 4, "cfg_scale": 6,
                     "sampler_name": "DPM++ 2M", "scheduler": "Karras", "width": 96, "height": 64, "save_images": true,
                     "override_settings": {"CLIP_stop_at_last_layers": 2}}""";
            HttpResponse<String> answer = post(serving.address(), "/sdapi/v1/txt2img", fields);
            assertEquals(200, answer.statusCode(), answer.body());
            JsonNode images = JsonMapper.shared().readTree(answer.body()).get("images");
            assertArrayEquals(Files.readAllBytes(file), Base64.getDecoder().decode(images.get(0).stringValue()));
            assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(saved.resolve("00001-5.png")));

            // The access log is lines of JSON.
            String line = serving.err.toString().lines().filter(text -> text.startsWith("{")).findFirst().orElseThrow();
            assertEquals("/sdapi/v1/txt2img", JsonMapper.shared().readTree(line).get("path").stringValue());
        }
    }

    @Test
    void keepsTheKeyInAFile() throws IOException, InterruptedException {
        Path key = Files.writeString(folder.resolve("key"), "secret\n");
        try (Serving serving = new Serving("--api-key-file", key.toString())) {
            assertEquals(401, post(serving.address(), "/sdapi/v1/txt2img", "{}").statusCode());
            assertFalse(serving.err.toString().contains("secret"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--listen 0.0.0.0:0               | --listen 0.0.0.0:0 is reached from other machines: set --api-key-file FILE, or say --no-auth",
        "--listen nowhere                 | --listen nowhere is no address",
        "--listen 127.0.0.1:70000         | is no address",
        "--listen no-such-host.invalid:1  | there is no host no-such-host.invalid",
        "--api-key a --no-auth            | --no-auth and a key exclude each other",
        "--api-key a --api-key-file b     | exclude each other",
        "--max-queue 0                    | --max-queue 0 is below 1",
        "--batch-size 0                   | --batch-size 0 is below 1",
        "--max-steps 0                    | --max-steps 0 is below 1",
        "--stop-limit -1                  | --stop-limit -1 is below 0",
        "--log-format xml                 | log-format",
        "--model no-such-model            | no-such-model",
        "--lora-dir no-such-folder        | there is no such folder"
    })
    void refusesWhatIsWrongBeforeItListens(String options, String message) {
        String[] arguments = ("serve " + options).split(" ");
        CommandLineRun.assertFails(2, message, arguments);
    }

    @Test
    void saysThatAPortIsTaken() throws IOException, InterruptedException {
        try (Serving serving = new Serving()) {
            String port = serving.address().replaceFirst(".*:", "");
            CommandLineRun run = CommandLineRun.of("serve", "--model", SharedModel.folder().toString(), "--listen", "127.0.0.1:" + port);
            assertEquals(1, run.exitCode());
            assertTrue(run.err().contains("cannot listen to 127.0.0.1:" + port) && run.err().contains("name another address with --listen"),
                    run.err());
        }
    }
}
