package stablediffusion.server.webui;

import stablediffusion.GenerationRequest;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.SentPicture;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/**
 * Holds the picture to start from, and its mask, as the web UI describes them.
 *
 * @param mask of the same size, white where the picture is painted anew
 * @param strength how much may change
 */
record InitialPicture(BufferedImage picture, Optional<BufferedImage> mask, double strength) {
    private static final int ORIGINAL = 1;
    private static final int MOST_BLUR = 64;
    private static final String IMAGES = "init_images";
    private static final int LARGEST_SIDE = 1 << 16;

    static InitialPicture read(Fields fields, Limits limits, List<String> notes) {
        List<String> images = fields.texts(IMAGES);
        if (images.isEmpty()) {
            throw new HttpFailure(HttpFailure.NOT_FOUND, "Init image not found");
        }
        if (images.size() > 1) {
            notes.add(IMAGES + ": the first of " + images.size() + " is taken");
        }
        BufferedImage picture = SentPicture.decode(IMAGES, images.getFirst(), limits);
        Optional<BufferedImage> mask = fields.text("mask").filter(text -> !text.isEmpty())
                .map(text -> SentPicture.decode("mask", text, limits));
        mask.ifPresent(_ -> addNotes(fields, notes));

        int width = fields.integer("width", 8, LARGEST_SIDE).orElse(picture.getWidth());
        int height = fields.integer("height", 8, LARGEST_SIDE).orElse(picture.getHeight());
        requirePixels(width, height, limits);
        Resizing resizing = Resizing.of(fields.integer("resize_mode", 0, 3).orElse(0));
        int blur = fields.integer("mask_blur", 0, MOST_BLUR).orElse(PictureFields.DEFAULT_MASK_BLUR);
        boolean inverted = fields.integer("inpainting_mask_invert", 0, 1).orElse(0) == 1;
        return new InitialPicture(
                fields.has("width") || fields.has("height") ? resizing.apply(picture, width, height) : picture,
                mask.map(image -> Masks.prepare(fields.has("width") || fields.has("height")
                        ? resizing.apply(Masks.opaque(image), width, height) : Masks.opaque(image), inverted, blur)),
                fields.number("denoising_strength", 0, 1).orElse(PictureFields.DEFAULT_STRENGTH));
    }

    private static void requirePixels(int width, int height, Limits limits) {
        if ((long) width * height > limits.initialPixels()) {
            throw HttpFailure.ofField("width", width + "x" + height + " are too many pixels", "value_error");
        }
    }

    private static void addNotes(Fields fields, List<String> notes) {
        if (fields.integer("inpainting_fill", 0, 3).orElse(ORIGINAL) != ORIGINAL) {
            notes.add("inpainting_fill: what is under the mask at first is the picture, as with 1");
        }
        if (fields.flag("inpaint_full_res", false)) {
            notes.add("inpaint_full_res: the whole picture is worked on, as with false");
        }
    }

    void apply(GenerationRequest.Builder builder) {
        builder.initialImage(picture).strength(strength);
        mask.ifPresent(builder::mask);
    }
}
