package stablediffusion.server.webui;

import stablediffusion.GenerationRequest;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.SentPicture;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Holds the picture to start from, and its mask, as the web UI describes them.
 *
 * @param mask of the same size, white where the picture is painted anew
 * @param strength how much may change
 * @param fill what is under the mask at first
 * @param padding pixels around the mask that alone are worked on; empty: the whole picture is
 */
record InitialPicture(
        BufferedImage picture, Optional<BufferedImage> mask, double strength, MaskFill fill, OptionalInt padding) {
    /** In the order of {@code inpainting_fill}. */
    private static final List<MaskFill> FILLS =
            List.of(MaskFill.SURROUNDINGS, MaskFill.ORIGINAL, MaskFill.NOISE, MaskFill.NOTHING);
    private static final int DEFAULT_FILL = 0;
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

        int width = fields.integer("width", 8, LARGEST_SIDE).orElse(picture.getWidth());
        int height = fields.integer("height", 8, LARGEST_SIDE).orElse(picture.getHeight());
        requirePixels(width, height, limits);
        Resizing resizing = Resizing.of(fields.integer("resize_mode", 0, 3).orElse(0));
        int blur = fields.integer("mask_blur", 0, MOST_BLUR).orElse(PictureFields.DEFAULT_MASK_BLUR);
        boolean inverted = fields.integer("inpainting_mask_invert", 0, 1).orElse(0) == 1;
        MaskFill fill = FILLS.get(fields.integer("inpainting_fill", 0, FILLS.size() - 1).orElse(DEFAULT_FILL));
        int padding = fields.integer("inpaint_full_res_padding", 0, LARGEST_SIDE).orElse(0);
        boolean onlyMasked = mask.isPresent() && fields.flag("inpaint_full_res", true);
        boolean resized = !onlyMasked && (fields.has("width") || fields.has("height"));
        return new InitialPicture(
                resized ? resizing.apply(picture, width, height) : picture,
                mask.map(image -> Masks.prepare(resized ? resizing.apply(Masks.opaque(image), width, height) : Masks.opaque(image),
                        inverted, blur)),
                fields.number("denoising_strength", 0, 1).orElse(PictureFields.DEFAULT_STRENGTH),
                mask.isPresent() ? fill : MaskFill.ORIGINAL,
                onlyMasked ? OptionalInt.of(padding) : OptionalInt.empty());
    }

    private static void requirePixels(int width, int height, Limits limits) {
        if ((long) width * height > limits.initialPixels()) {
            throw HttpFailure.ofField("width", width + "x" + height + " are too many pixels", "value_error");
        }
    }

    void apply(GenerationRequest.Builder builder) {
        builder.initialImage(picture).strength(strength);
        mask.ifPresent(builder::mask);
        builder.maskFill(fill);
        padding.ifPresent(builder::onlyMasked);
    }
}
