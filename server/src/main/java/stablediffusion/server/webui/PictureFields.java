package stablediffusion.server.webui;

import stablediffusion.server.http.Field;

import java.util.ArrayList;
import java.util.List;

/** Declares the fields of the web UI's requests for pictures, with its defaults. */
final class PictureFields {
    static final double DEFAULT_STRENGTH = 0.75;
    static final int DEFAULT_STEPS = 50;
    static final double DEFAULT_SCALE = 7;
    static final int DEFAULT_MASK_BLUR = 4;

    private static final String IGNORED = "ignored";

    /** Fields of both kinds of pictures. */
    private static final List<Field> COMMON = List.of(
            Field.text("prompt", "what the picture shall show", ""),
            Field.text("negative_prompt", "what it shall not show", ""),
            Field.integer("seed", "seed of the first picture, each further one has the next; -1: random", -1),
            Field.text("sampler_name", "see /sdapi/v1/samplers", WebUiNames.DEFAULT_SAMPLER),
            Field.text("sampler_index", "sampler_name's older name"),
            Field.text("scheduler", "see /sdapi/v1/schedulers", WebUiNames.AUTOMATIC),
            Field.integer("steps", "denoising steps", DEFAULT_STEPS),
            Field.number("cfg_scale", "guidance scale", DEFAULT_SCALE),
            Field.integer("width", "pixels, a multiple of 8; default: the size that the model was trained at"),
            Field.integer("height", "pixels, a multiple of 8; default: the size that the model was trained at"),
            Field.integer("batch_size", "pictures of a batch", 1),
            Field.integer("n_iter", "number of batches", 1),
            Field.number("eta", "fresh noise in each step, for samplers that add noise"),
            Field.integer("clip_skip",
                    "layer of the text encoder, counted from the end; also CLIP_stop_at_last_layers in override_settings"),
            Field.flag("send_images", "whether the answer has the pictures", true),
            Field.flag("save_images", "whether the server saves the pictures, if it was started with --save-dir", false),
            Field.object("override_settings", "settings for this request: sd_model_checkpoint, CLIP_stop_at_last_layers, randn_source"),
            Field.flag("override_settings_restore_afterwards", "false: sd_model_checkpoint stays", true),
            Field.flag("restore_faces", IGNORED + " with a note", false),
            Field.flag("tiling", "must be false", false),
            Field.integer("subseed", IGNORED, -1),
            Field.number("subseed_strength", "must be 0", 0),
            Field.texts("styles", IGNORED + " with a note"),
            Field.text("script_name", "must be empty"),
            Field.object("alwayson_scripts", "must be empty"),
            Field.text("refiner_checkpoint", "must be empty"));

    /** Fields of pictures from text. */
    static final List<Field> TEXT_TO_IMAGE = and(COMMON,
            Field.number("denoising_strength", IGNORED),
            Field.flag("enable_hr", "must be false", false));

    /** Fields of pictures from pictures. */
    static final List<Field> IMAGE_TO_IMAGE = and(COMMON,
            Field.texts("init_images", "the picture to start from, in Base64; the first of the list"),
            Field.number("denoising_strength", "how much may change: above 0, at most 1", DEFAULT_STRENGTH),
            Field.integer("resize_mode", "how it is brought to size: 0 stretched, 1 cut, 2 filled up with its own stretched copy", 0),
            Field.text("mask", "white where the picture is painted anew, in Base64"),
            Field.integer("mask_blur", "width of the mask's soft edge, in pixels", DEFAULT_MASK_BLUR),
            Field.integer("inpainting_mask_invert", "1: black where the picture is painted anew", 0),
            Field.integer("inpainting_fill",
                    "what is under the mask at first: 0 the colours around it, 1 the picture, 2 noise, 3 a latent of zeros", 0),
            Field.flag("inpaint_full_res", "whether only the part with the mask is worked on, at width times height", true),
            Field.integer("inpaint_full_res_padding", "pixels around the mask that inpaint_full_res takes with it", 0),
            Field.flag("include_init_images", "whether the answer's parameters have the pictures that were sent", false));

    private PictureFields() {}

    private static List<Field> and(List<Field> some, Field... others) {
        List<Field> all = new ArrayList<>(some);
        all.addAll(List.of(others));
        return List.copyOf(all);
    }
}
