package stablediffusion.server.webui;

import stablediffusion.GenerationRequest;
import stablediffusion.model.random.Rng;
import stablediffusion.server.http.Field;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Json;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.SentRequest;
import stablediffusion.server.painting.Studio;
import stablediffusion.server.queue.Job;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Holds a request in the web UI's form.
 *
 * @param model name of the model
 * @param notes what is done otherwise than asked for
 */
public record PictureRequest(
        GenerationRequest request,
        String model,
        int batchSize,
        int batches,
        boolean sendImages,
        boolean saveImages,
        boolean keepModel,
        ObjectNode parameters,
        List<String> notes) {
    private static final String TEXT_PROMPT = "prompt";
    private static final int LARGEST_SIDE = 1 << 16;

    private static final List<Field> OVERRIDES = List.of(
            Field.text("sd_model_checkpoint", "name of the model"),
            Field.integer("CLIP_stop_at_last_layers", "layer of the text encoder, counted from the end"),
            Field.text("randn_source", "whose random numbers: CPU, GPU or NV"));

    /** Returns the fields of a picture from text. */
    public static List<Field> textFields() {
        return PictureFields.TEXT_TO_IMAGE;
    }

    /** Returns the fields of a picture from a picture. */
    public static List<Field> imageFields() {
        return PictureFields.IMAGE_TO_IMAGE;
    }

    /**
     * Reads a request for pictures from text.
     *
     * @throws HttpFailure if a value is wrong, or means what this program cannot do
     * @throws stablediffusion.model.UserException likewise
     */
    public static PictureRequest fromText(Fields fields, Studio studio) {
        refuse(fields.flag("enable_hr", false), "enable_hr");
        return read(fields, studio, new ArrayList<>(), _ -> {});
    }

    /**
     * Reads a request for pictures from a picture.
     *
     * @throws HttpFailure if a value is wrong, or means what this program cannot do
     * @throws stablediffusion.model.UserException likewise
     */
    public static PictureRequest fromImage(Fields fields, Studio studio) {
        List<String> notes = new ArrayList<>();
        InitialPicture initial = InitialPicture.read(fields, studio.limits(), notes);
        PictureRequest request = read(fields, studio, notes, initial::apply);
        if (!fields.flag("include_init_images", false)) {
            request.parameters.putNull("init_images");
            request.parameters.putNull("mask");
        }
        return request;
    }

    private interface Addition {
        void apply(GenerationRequest.Builder builder);
    }

    private static PictureRequest read(Fields fields, Studio studio, List<String> notes, Addition addition) {
        Limits limits = studio.limits();
        refuseWhatCannotBeDone(fields);
        addNotes(fields, studio, notes);
        Fields overrides = new Fields(fields.object("override_settings").orElseGet(Json::object), OVERRIDES);
        overrides.unknown().forEach(name -> notes.add("override_settings: " + name + " is not known here"));

        String sampler = fields.text("sampler_name").filter(name -> !name.isEmpty()).or(() -> fields.text("sampler_index"))
                .filter(name -> !name.isEmpty()).orElse(WebUiNames.DEFAULT_SAMPLER);
        WebUiNames.Chosen chosen = WebUiNames.find(sampler, fields.text("scheduler"));
        GenerationRequest.Builder builder = GenerationRequest.prompt(fields.text(TEXT_PROMPT, limits.promptCharacters()).orElse(""))
                .negativePrompt(fields.text("negative_prompt", limits.promptCharacters()).orElse(""))
                .sampler(chosen.sampler().name())
                .schedule(chosen.schedule())
                .steps(fields.integer("steps", 1, limits.steps()).orElse(Math.min(PictureFields.DEFAULT_STEPS, limits.steps())))
                .guidanceScale(fields.number("cfg_scale").orElse(PictureFields.DEFAULT_SCALE).floatValue())
                .seed(fields.integer("seed").orElse(-1L))
                .clipSkip(clipSkip(fields, overrides).orElse(studio.clipSkip()));
        fields.integer("width", 8, LARGEST_SIDE).ifPresent(builder::width);
        fields.integer("height", 8, LARGEST_SIDE).ifPresent(builder::height);
        if (chosen.sampler().defaultEta().isPresent()) {
            fields.number("eta").ifPresent(builder::eta);
        }
        overrides.text("randn_source").map(PictureRequest::rng).ifPresent(builder::rng);
        addition.apply(builder);

        Optional<String> model = overrides.text("sd_model_checkpoint").filter(name -> !name.isEmpty());
        return new PictureRequest(
                SentRequest.build(builder),
                model.map(name -> findModel(studio, name)).orElse(studio.model()),
                fields.integer("batch_size", 1, limits.images()).orElse(1),
                fields.integer("n_iter", 1, limits.images()).orElse(1),
                fields.flag("send_images", true),
                fields.flag("save_images", false) && studio.saved().isPresent(),
                model.isPresent() && !fields.flag("override_settings_restore_afterwards", true),
                fields.values().deepCopy(),
                notes);
    }

    static String findModel(Studio studio, String name) {
        return studio.findModel(name)
                .orElseThrow(() -> new HttpFailure(HttpFailure.NOT_FOUND, "there is no model '" + name + "'; there are "
                        + String.join(", ", studio.catalog().models())));
    }

    private static Optional<Integer> clipSkip(Fields fields, Fields overrides) {
        // The web UI's 0 is as good as 1.
        return fields.integer("clip_skip", 0, LARGEST_SIDE).or(() -> overrides.integer("CLIP_stop_at_last_layers", 0, LARGEST_SIDE))
                .map(layer -> Math.max(1, layer));
    }

    private static Rng rng(String source) {
        return switch (source.toUpperCase(Locale.ROOT)) {
            case "CPU" -> Rng.CPU;
            case "GPU", "NV" -> Rng.CUDA;
            default -> throw HttpFailure.ofField("override_settings", "randn_source is CPU, GPU or NV", "value_error");
        };
    }

    /** Refuses what would give another picture than the one that is asked for. */
    private static void refuseWhatCannotBeDone(Fields fields) {
        refuse(fields.flag("tiling", false), "tiling");
        refuse(fields.number("subseed_strength").orElse(0.0) != 0, "subseed_strength");
        refuse(!fields.text("refiner_checkpoint").orElse("").isEmpty(), "refiner_checkpoint");
        String script = fields.text("script_name").orElse("");
        if (!script.isEmpty() && !script.equals("None")) {
            throw new HttpFailure(HttpFailure.UNPROCESSABLE, "Script '" + script + "' not found");
        }
        fields.object("alwayson_scripts").flatMap(scripts -> scripts.propertyNames().stream().findFirst()).ifPresent(name -> {
            throw new HttpFailure(HttpFailure.UNPROCESSABLE, "always on script " + name + " not found");
        });
    }

    private static void refuse(boolean asked, String field) {
        if (asked) {
            throw HttpFailure.ofField(field, "this server cannot do that", "value_error");
        }
    }

    private static void addNotes(Fields fields, Studio studio, List<String> notes) {
        if (fields.flag("restore_faces", false)) {
            notes.add("restore_faces is ignored: this server has no face restorer");
        }
        if (!fields.texts("styles").isEmpty()) {
            notes.add("styles are ignored: this server has none");
        }
        if (fields.flag("save_images", false) && studio.saved().isEmpty()) {
            notes.add("save_images is ignored: the server was started without --save-dir");
        }
    }

    /** Returns the number of pictures. */
    public int count() {
        return Math.multiplyExact(batchSize, batches);
    }

    /**
     * Queues the request.
     *
     * @throws RuntimeException as {@link Studio#submit}
     */
    public Job submit(Studio studio, String client) {
        if (keepModel) {
            studio.setModel(model);
        }
        return studio.submit(client, model, request, count());
    }
}
