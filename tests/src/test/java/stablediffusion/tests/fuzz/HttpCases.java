package stablediffusion.tests.fuzz;

import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Sends damaged requests to the server: each is answered with a status and in the interface's form, never as a fault of the server, and nothing of
 * it goes on afterwards.
 */
final class HttpCases {
    private static final String BOUNDARY = "boundary-of-parts";
    private static final int BAD_REQUEST = 400;
    private static final int INTERNAL = 500;
    /** Of HTTP itself: a method or a version that no server of this kind has. */
    private static final List<Integer> NOT_OURS = List.of(501, 505);
    private static final int MOST_TURNS = 500;

    private final FuzzedServer server;
    private final List<Good> corpus;
    private final byte[] picture;

    /** A request that is answered with 200. */
    private record Good(String method, String target, String body) {}

    /** @param work folder for a picture */
    HttpCases(FuzzedServer server, Scratch work) {
        this.server = server;
        Path file = work.output("sent.png");
        PictureFile.write(new Picture(16, 16, new byte[3 * 16 * 16]), "a star\nSteps: 2, Seed: 3", file);
        try {
            picture = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String sent = Base64.getEncoder().encodeToString(picture);
        String common = "\"prompt\": \"a (red:1.1) circle\", \"negative_prompt\": \"blue\", \"seed\": 7, \"steps\": 1, \"width\": 16, "
                + "\"height\": 16, \"cfg_scale\": 5";
        String webUi = common
                + ", \"sampler_name\": \"DPM++ 2M\", \"scheduler\": \"Karras\", \"batch_size\": 1, \"n_iter\": 1, \"eta\": 0.5, "
                + "\"clip_skip\": 1, \"send_images\": true, \"styles\": [], \"override_settings\": {\"sd_model_checkpoint\": \"model\", "
                + "\"CLIP_stop_at_last_layers\": 1, \"randn_source\": \"NV\"}, \"subseed_strength\": 0, \"alwayson_scripts\": {}";
        String image = webUi + ", \"init_images\": [\"data:image/png;base64," + sent + "\"], \"mask\": \"" + sent
                + "\", \"denoising_strength\": 0.9, \"resize_mode\": 1, \"mask_blur\": 2, \"inpainting_mask_invert\": 1, "
                + "\"inpainting_fill\": 0, \"inpaint_full_res\": true, \"inpaint_full_res_padding\": 4";
        corpus = List.of(
                new Good("POST", "/sdapi/v1/txt2img", "{" + webUi + "}"),
                new Good("POST", "/sdapi/v1/img2img", "{" + image + "}"),
                new Good("POST", "/api/jobs", "{" + image + "}"),
                new Good("POST", "/sdapi/v1/options", "{\"sd_model_checkpoint\": \"model\", \"CLIP_stop_at_last_layers\": 1}"),
                new Good("POST", "/sdapi/v1/png-info", "{\"image\": \"" + sent + "\"}"),
                new Good("POST", "/sdapi/v1/interrupt", "{}"),
                new Good("POST", "/sdapi/v1/skip", ""),
                new Good("GET", "/sdapi/v1/progress?skip_current_image=false", ""),
                new Good("GET", "/sdapi/v1/samplers", ""),
                new Good("GET", "/sdapi/v1/memory", ""),
                new Good("POST", "/api/tokens", "{\"prompt\": \"a (red:1.1) [circle|star], [a:b:0.5]\"}"),
                new Good("GET", "/api/server", ""),
                new Good("POST", "/v1/images/generations", "{\"prompt\": \"a star\", \"model\": \"model\", \"n\": 1, \"size\": \"16x16\", "
                        + "\"response_format\": \"b64_json\", \"quality\": \"high\", \"seed\": 3, \"steps\": 1, \"sampler\": \"euler_a\", "
                        + "\"cfg_scale\": 3, \"stream\": false, \"partial_images\": 1}"),
                new Good("GET", "/v1/models/model", ""),
                new Good("GET", "/page/main.js", ""),
                new Good("GET", "/metrics", ""),
                new Good("GET", "/openapi.json", ""));
    }

    /** Damages the fields of JSON bodies. */
    void json(Mutator mutator, Scratch folder) throws IOException {
        Good good = mutator.any(corpus.stream().filter(request -> !request.body().isEmpty()).toList());
        byte[] body = mutator.text(good.body()).getBytes(StandardCharsets.UTF_8);
        check(good.target(), send(head(good.method(), good.target(), "application/json", body.length), body, false), false);
    }

    /** Damages forms with files. */
    void form(Mutator mutator, Scratch folder) throws IOException {
        byte[] body = form(mutator.oneIn(2) ? mutator.bytes(picture) : picture, mutator.oneIn(3));
        byte[] sent = mutator.oneIn(3) ? body : mutator.bytes(body);
        String boundary = mutator.oneIn(8) ? mutator.text(BOUNDARY).replaceAll("[\\r\\n]", "") : BOUNDARY;
        String type = "multipart/form-data; boundary=" + boundary.substring(0, Math.min(boundary.length(), 1_000));
        check("/v1/images/edits", send(head("POST", "/v1/images/edits", type, sent.length), sent, false), false);
    }

    /** Damages what precedes the body, so that lengths, paths, queries and headers are wrong. */
    void request(Mutator mutator, Scratch folder) throws IOException {
        Good good = mutator.any(corpus);
        byte[] body = good.body().getBytes(StandardCharsets.UTF_8);
        String head = mutator.text(head(good.method(), good.target(), "application/json", body.length)
                .replace("\r\n\r\n", "\r\nX-Client-Id: a\r\nOrigin: http://localhost\r\nAccept: */*\r\nExpect: 100-continue\r\n\r\n"));
        check("", send(head, body, true), true);
    }

    private static String head(String method, String target, String type, int length) {
        return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + type + "\r\nContent-Length: "
                + length + "\r\n\r\n";
    }

    private byte[] send(String head, byte[] body, boolean halfClosed) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        all.writeBytes(body);
        return server.exchange(all.toByteArray(), halfClosed);
    }

    private byte[] form(byte[] image, boolean twice) {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        part(form, "image\"; filename=\"a.png", image);
        if (twice) {
            part(form, "mask\"; filename=\"b.png", image);
        }
        for (String field : List.of("prompt=a star", "size=16x16", "steps=1", "n=1", "strength=0.5", "seed=3")) {
            String[] named = field.split("=");
            part(form, named[0], named[1].getBytes(StandardCharsets.UTF_8));
        }
        form.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        return form.toByteArray();
    }

    private static void part(ByteArrayOutputStream form, String name, byte[] content) {
        form.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        form.writeBytes(content);
        form.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** @param mayBeSilent whether the connection may end without an answer, because what came was no whole request */
    private void check(String target, byte[] bytes, boolean mayBeSilent) throws IOException {
        String answer = FuzzedServer.first(new String(bytes, StandardCharsets.ISO_8859_1).replace("HTTP/1.1 100 Continue\r\n\r\n", ""));
        server.bug().ifPresent(trace -> {
            throw new AssertionError(trace);
        });
        require(!answer.isEmpty() || mayBeSilent, "no answer", answer);
        if (!answer.isEmpty()) {
            checkAnswer(target, answer);
        }
        requireIdle();
    }

    private static void checkAnswer(String target, String answer) {
        require(answer.matches("(?s)HTTP/1\\.1 \\d{3} .*"), "no status", answer);
        int status = Integer.parseInt(answer.substring(9, 12));
        require(status < INTERNAL || NOT_OURS.contains(status), "a fault of the server", answer);
        if (status < BAD_REQUEST) {
            require(!answer.contains("internal error"), "a fault of the server", answer);
            return;
        }
        JsonNode body = json(answer);
        boolean openAi = body.path("error").path("message").isString();
        boolean webUi = body.path("detail").isString() || body.path("detail").path(0).path("loc").isArray();
        require(openAi || webUi, "not the form of an error", answer);
        if (!target.isEmpty()) {
            require(openAi == target.startsWith("/v1/"), "the form of another interface", answer);
        }
    }

    private static JsonNode json(String answer) {
        try {
            return JsonMapper.shared().readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        } catch (RuntimeException noJson) {
            throw new AssertionError("an error that is no JSON: " + answer, noJson);
        }
    }

    /** A job of a client that went away ends at its next step. */
    private void requireIdle() throws IOException {
        require(server.get("/health").isPresent(), "the server does not answer any more", "");
        for (int turn = 0; turn < MOST_TURNS; turn++) {
            if (idle(server.get("/metrics"))) {
                return;
            }
            pause();
        }
        require(false, "a job goes on", "");
    }

    private static boolean idle(Optional<String> metrics) {
        return Arrays.stream(metrics.orElseThrow(() -> new AssertionError("no metrics")).split("\n"))
                .filter(line -> line.startsWith("sd_jobs_waiting") || line.startsWith("sd_jobs_running"))
                .allMatch(line -> line.endsWith(" 0.0") || line.endsWith(" 0"));
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private static void require(boolean holds, String what, String answer) {
        if (!holds) {
            throw new AssertionError(what + ": " + answer.substring(0, Math.min(answer.length(), 2_000)));
        }
    }
}
