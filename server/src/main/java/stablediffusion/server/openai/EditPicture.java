package stablediffusion.server.openai;

import stablediffusion.GenerationRequest;
import stablediffusion.server.http.Form;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.SentPicture;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/**
 * Holds the picture to edit.
 *
 * @param mask white where it is painted anew; empty: everywhere
 */
record EditPicture(BufferedImage picture, Optional<BufferedImage> mask) {
    private static final int OPAQUE = 0x80;
    private static final int WHITE = 0xFFFFFF;

    /**
     * Reads the files of a form.
     *
     * @throws HttpFailure if there is not one picture, or it cannot be read
     */
    static EditPicture read(Form form, Limits limits) {
        List<byte[]> images = form.files().getOrDefault(ImageFields.IMAGE, form.files().getOrDefault(ImageFields.IMAGES, List.of()));
        if (images.isEmpty()) {
            throw HttpFailure.ofField(ImageFields.IMAGE, "Missing required parameter: 'image'.", "missing_required_parameter");
        }
        if (images.size() > 1) {
            throw HttpFailure.ofField(ImageFields.IMAGE, "This server starts from one picture.", "invalid_value");
        }
        BufferedImage picture = SentPicture.decode(ImageFields.IMAGE, images.getFirst(), limits);
        Optional<BufferedImage> mask = form.files().getOrDefault(ImageFields.MASK, List.of()).stream().findFirst()
                .map(content -> SentPicture.decode(ImageFields.MASK, content, limits));
        return new EditPicture(picture, mask.or(() -> Optional.of(picture)).filter(EditPicture::hasTransparency)
                .map(EditPicture::transparentAsWhite).or(() -> mask.map(EditPicture::refuse)));
    }

    private static BufferedImage refuse(BufferedImage opaque) {
        throw HttpFailure.ofField(ImageFields.MASK, "The mask is opaque, so nothing would be painted: make transparent what shall change.",
                "invalid_value");
    }

    private static boolean hasTransparency(BufferedImage image) {
        if (!image.getColorModel().hasAlpha()) {
            return false;
        }
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (isTransparent(image, x, y)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isTransparent(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) >>> 24 < OPAQUE;
    }

    private static BufferedImage transparentAsWhite(BufferedImage image) {
        BufferedImage mask = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                mask.setRGB(x, y, isTransparent(image, x, y) ? WHITE : 0);
            }
        }
        return mask;
    }

    void apply(GenerationRequest.Builder builder) {
        builder.initialImage(picture);
        mask.ifPresent(builder::mask);
    }
}
