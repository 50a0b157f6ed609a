package stablediffusion.server.page;

import stablediffusion.GenerationRequest;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Exchange;
import stablediffusion.server.http.Field;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.Limits;
import stablediffusion.server.http.Route;
import stablediffusion.server.painting.Studio;
import stablediffusion.server.webui.PictureRequest;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Answers {@code /api}: what the page asks for and the other interfaces have no words for. */
public final class PageApi {
    private static final List<Field> PROMPT = List.of(Field.text("prompt", "the prompt"));

    private final Studio studio;
    /** Knows no embeddings: they are counted as the words that they are named by. */
    private final Tokenizer tokenizer = new Tokenizer();

    public PageApi(Studio studio) {
        this.studio = studio;
    }

    /** Returns all routes. */
    public List<Route> routes() {
        return List.of(
                Route.post("/api/jobs", ErrorForm.DETAIL,
                        "Paints pictures; takes the fields of /sdapi/v1/img2img, and without init_images those of /sdapi/v1/txt2img.",
                        PictureRequest.imageFields(), this::paint)
                        .answering("Events: queued, progress, preview, image, done or error", Route.EVENTS),
                Route.post("/api/tokens", ErrorForm.DETAIL, "Counts the tokens of a prompt.", PROMPT, this::countTokens),
                Route.get("/api/server", ErrorForm.DETAIL, "Describes the server: model, engines, limits.", this::describe));
    }

    private void paint(Exchange exchange) throws IOException {
        Fields fields = exchange.fields(PictureRequest.imageFields());
        PictureRequest request = fields.texts("init_images").isEmpty()
                ? PictureRequest.fromText(new Fields(fields.values(), PictureRequest.textFields()), studio)
                : PictureRequest.fromImage(fields, studio);
        new JobEvents(exchange, request, request.submit(studio, exchange.client())).send();
    }

    private void countTokens(Exchange exchange) throws IOException {
        String prompt = exchange.fields(PROMPT).text("prompt", studio.limits().promptCharacters()).orElse("");
        List<Prompt.Chunk> chunks = PromptStyle.MARKED.read(prompt, tokenizer).chunks();
        int tokens = chunks.stream().mapToInt(PageApi::tokens).sum();
        exchange.sendJson(Map.of("tokens", tokens, "most", chunks.size() * Tokenizer.CHUNK));
    }

    /** Counts what lies between the marks of the beginning and the end. */
    private static int tokens(Prompt.Chunk chunk) {
        int[] tokens = chunk.tokens();
        return IntStream.range(1, tokens.length).filter(i -> tokens[i] == Tokenizer.END).findFirst().orElse(tokens.length) - 1;
    }

    private void describe(Exchange exchange) throws IOException {
        Limits limits = studio.limits();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("model", studio.model());
        answer.put("models", studio.catalog().models());
        answer.put("engines", studio.queue().engines());
        answer.put("defaults", defaults());
        answer.put("loras", studio.catalog().loras());
        answer.put("embeddings", studio.catalog().embeddings());
        answer.put("limits", Map.of("pixels", limits.pixels(), "steps", limits.steps(), "images", limits.images()));
        exchange.sendJson(answer);
    }

    /** Returns size, sampler and scale that the model has by itself, if an engine has it. */
    private Map<String, Object> defaults() {
        GenerationRequest request = studio.queue().prepare(studio.model(), GenerationRequest.prompt("").build());
        Map<String, Object> own = new LinkedHashMap<>();
        request.width().ifPresent(width -> own.put("width", width));
        request.height().ifPresent(height -> own.put("height", height));
        own.put("sampler", Samplers.find(request.sampler()).webUiName());
        own.put("scale", request.guidanceScale());
        return own;
    }
}
