package stablediffusion.server.openai;

import stablediffusion.GenerationRequest;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.SentRequest;
import stablediffusion.server.painting.Studio;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds a request in OpenAI's form.
 *
 * @param urls whether pictures are answered by their addresses
 * @param partialImages number of previews in a stream
 * @param notes what is done otherwise than asked for
 */
record ImageRequest(
        GenerationRequest request, String model, int count, boolean urls, boolean stream, int partialImages, List<String> notes) {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");
    private static final int MOST_PARTIAL_IMAGES = 3;
    private static final String INVALID = "invalid_value";

    interface Addition {
        void apply(GenerationRequest.Builder builder);
    }

    /**
     * Reads a request.
     *
     * @param addition adds the picture to start from
     * @throws HttpFailure if a field is not known, or its value is wrong
     */
    static ImageRequest read(Fields fields, Studio studio, Addition addition) {
        fields.unknown().stream().findFirst().ifPresent(name -> {
            throw HttpFailure.ofField(name, "Unknown parameter: '" + name + "'.", "unknown_parameter");
        });
        Limits limits = studio.limits();
        String prompt = fields.text("prompt", limits.promptCharacters()).orElseThrow(
                () -> HttpFailure.ofField("prompt", "Missing required parameter: 'prompt'.", "missing_required_parameter"));
        GenerationRequest.Builder builder = GenerationRequest.prompt(prompt)
                .negativePrompt(fields.text("negative_prompt", limits.promptCharacters()).orElse(""))
                .steps(fields.integer("steps", 1, limits.steps()).orElse(Math.min(ImageFields.DEFAULT_STEPS, limits.steps())))
                .seed(fields.integer("seed").orElse(-1L))
                .clipSkip(studio.clipSkip());
        fields.text("sampler").map(Samplers::findScheduled).ifPresent(named -> {
            builder.sampler(named.type().name());
            named.schedule().ifPresent(builder::schedule);
        });
        fields.number("cfg_scale").map(Double::floatValue).ifPresent(builder::guidanceScale);
        size(fields, builder);
        addition.apply(builder);
        requireOneOf(fields, "output_format", List.of("png"));
        String format = requireOneOf(fields, "response_format", List.of("b64_json", "url"));
        return new ImageRequest(
                SentRequest.build(builder),
                model(fields, studio),
                fields.integer("n", 1, limits.images()).orElse(1),
                format.equals("url"),
                fields.flag("stream", false),
                fields.integer("partial_images", 0, MOST_PARTIAL_IMAGES).orElse(0),
                notes(fields));
    }

    private static String model(Fields fields, Studio studio) {
        String named = fields.text("model").orElse(studio.model());
        return studio.findModel(named).orElseThrow(() -> HttpFailure.ofField("model", "The model '" + named + "' does not exist; there are "
                + String.join(", ", studio.catalog().models()), "model_not_found"));
    }

    private static void size(Fields fields, GenerationRequest.Builder builder) {
        String size = fields.text("size").orElse(ImageFields.AUTO);
        if (size.equals(ImageFields.AUTO)) {
            return;
        }
        Matcher numbers = SIZE.matcher(size);
        if (!numbers.matches()) {
            throw HttpFailure.ofField("size", "Invalid value: '" + size + "'. Expected WIDTHxHEIGHT or auto.", INVALID);
        }
        builder.size(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
    }

    private static String requireOneOf(Fields fields, String name, List<String> values) {
        String value = fields.text(name).orElse(values.getFirst());
        if (!values.contains(value)) {
            throw HttpFailure.ofField(name, "Invalid value: '" + value + "'. Supported values are: " + String.join(", ", values) + ".",
                    INVALID);
        }
        return value;
    }

    private static List<String> notes(Fields fields) {
        List<String> notes = new ArrayList<>();
        for (String name : fields.values().propertyNames()) {
            if (ImageFields.IGNORED.contains(name)) {
                notes.add(name + " is ignored");
            }
        }
        return notes;
    }
}
