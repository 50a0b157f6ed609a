package stablediffusion.server.openai;

import stablediffusion.GeneratedImage;
import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Exchange;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.Form;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Route;
import stablediffusion.server.painting.Encoded;
import stablediffusion.server.painting.PictureStore;
import stablediffusion.server.painting.Studio;
import stablediffusion.server.queue.Job;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers {@code /v1}. */
public final class OpenAiApi {
    private static final String GENERATION = "image_generation";
    private static final String EDIT = "image_edit";

    private final Studio studio;
    private final PictureStore pictures;
    private final long started = Instant.now().getEpochSecond();

    /** @param pictures keeps pictures that are answered by their addresses */
    public OpenAiApi(Studio studio, PictureStore pictures) {
        this.studio = studio;
        this.pictures = pictures;
    }

    /** Returns all routes. */
    public List<Route> routes() {
        return List.of(
                Route.post("/v1/images/generations", ErrorForm.OPENAI, "Paints pictures from text.", ImageFields.GENERATION,
                        this::generate),
                Route.post("/v1/images/edits", ErrorForm.OPENAI, "Paints pictures from text and a picture.", ImageFields.EDIT, this::edit)
                        .takingForm(),
                Route.get("/v1/models", ErrorForm.OPENAI, "Lists the models.", exchange -> exchange.sendJson(Map.of(
                        "object", "list", "data", studio.catalog().models().stream().map(this::model).toList()))),
                Route.get("/v1/models/{model}", ErrorForm.OPENAI, "Describes a model.", exchange -> {
                    String name = exchange.pathParameter("model");
                    exchange.sendJson(studio.findModel(name).map(this::model).orElseThrow(
                            () -> new HttpFailure(HttpFailure.NOT_FOUND, "The model '" + name + "' does not exist")));
                }));
    }

    private Map<String, Object> model(String name) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("id", name);
        model.put("object", "model");
        model.put("created", started);
        model.put("owned_by", "stable-diffusion");
        return model;
    }

    private void generate(Exchange exchange) throws IOException {
        paint(exchange, ImageRequest.read(exchange.fields(ImageFields.GENERATION), studio, _ -> {}), GENERATION);
    }

    private void edit(Exchange exchange) throws IOException {
        Form form = exchange.form();
        Fields fields = new Fields(form.values(), ImageFields.EDIT);
        EditPicture picture = EditPicture.read(form, studio.limits());
        paint(exchange, ImageRequest.read(fields, studio, builder -> {
            picture.apply(builder);
            fields.number("strength").ifPresent(builder::strength);
        }), EDIT);
    }

    private void paint(Exchange exchange, ImageRequest request, String kind) throws IOException {
        Job job = studio.submit(exchange.client(), request.model(), request.request(), request.count());
        if (request.stream()) {
            new ImageStream(exchange, job, request, kind).send();
            return;
        }
        exchange.await(job, _ -> {});
        List<Map<String, Object>> data = new ArrayList<>();
        for (GeneratedImage image : job.images()) {
            byte[] png = image.toPng();
            data.add(request.urls()
                    ? Map.of("url", address(exchange) + pictures.keep(png))
                    : Map.of("b64_json", Encoded.base64(png)));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("created", Instant.now().getEpochSecond());
        answer.put("data", data);
        List<String> notes = new ArrayList<>(request.notes());
        notes.addAll(job.notes());
        if (!notes.isEmpty()) {
            answer.put("notes", notes);
        }
        exchange.sendJson(answer);
    }

    /** Returns the address by which the client has reached this server; the host was checked. */
    private static String address(Exchange exchange) {
        return "http://" + exchange.header("Host").orElse("localhost");
    }
}
