package stablediffusion.server.openai;

import stablediffusion.GenerationRequest;
import stablediffusion.server.http.Field;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Declares the fields of OpenAI's requests for pictures, and a few that it does not have. */
final class ImageFields {
    static final String AUTO = "auto";
    static final String IMAGE = "image";
    static final String IMAGES = "image[]";
    static final String MASK = "mask";
    static final int DEFAULT_STEPS = 50;

    /** Fields that mean nothing here and change no more than the quality of a picture. */
    static final Set<String> IGNORED = Set.of("quality", "style", "background", "moderation", "output_compression", "user",
            "input_fidelity");

    private static final List<Field> COMMON = List.of(
            Field.text("prompt", "what the picture shall show"),
            Field.text("model", "see /v1/models; default: the present one"),
            Field.integer("n", "number of pictures", 1),
            Field.text("size", "WIDTHxHEIGHT in pixels, multiples of 8, or auto", AUTO),
            Field.text("response_format", "b64_json, as OpenAI's present models answer, or url: an address that is good for an hour",
                    "b64_json"),
            Field.text("output_format", "png", "png"),
            Field.flag("stream", "whether the answer is a stream of events", false),
            Field.integer("partial_images", "previews in a stream, 0 to 3", 0),
            Field.text("quality", "ignored with a note"),
            Field.text("style", "ignored with a note"),
            Field.text("background", "ignored with a note"),
            Field.text("moderation", "ignored with a note"),
            Field.integer("output_compression", "ignored with a note"),
            Field.text("user", "ignored with a note"),
            Field.text("negative_prompt", "not OpenAI's: what the picture shall not show"),
            Field.integer("seed", "not OpenAI's: seed of the first picture, each further one has the next"),
            Field.integer("steps", "not OpenAI's: denoising steps", DEFAULT_STEPS),
            Field.text("sampler", "not OpenAI's: name of the sampler; default: the model's own"),
            Field.number("cfg_scale", "not OpenAI's: guidance scale; default: the model's own"));

    static final List<Field> GENERATION = COMMON;

    static final List<Field> EDIT = edit();

    private ImageFields() {}

    private static List<Field> edit() {
        List<Field> all = new ArrayList<>(COMMON);
        all.add(Field.file(IMAGE, "the picture to start from"));
        all.add(Field.file(IMAGES, "the same, as a list of one"));
        all.add(Field.file(MASK,
                "a picture of the same size, transparent where it is painted anew; default: the picture's own transparency"));
        all.add(Field.number("strength", "not OpenAI's: how much may change, above 0, at most 1", GenerationRequest.DEFAULT_STRENGTH));
        all.add(Field.text("input_fidelity", "ignored with a note"));
        return List.copyOf(all);
    }
}
