package stablediffusion.model.image;

import com.twelvemonkeys.image.ResampleOp;

import java.awt.image.BufferedImage;

/**
 * How pictures of one size are brought to another without distortion: the largest part of the wanted shape is cut from the middle, then
 * scaled.
 *
 * @param left of the part, in pixels of the original
 * @param top of the part
 * @param partWidth of the part
 * @param partHeight of the part
 * @param width of the result
 * @param height of the result
 */
public record Framing(int left, int top, int partWidth, int partHeight, int width, int height) {

    public static Framing of(int fromWidth, int fromHeight, int width, int height) {
        int partWidth = Math.clamp(Math.round((double) fromHeight * width / height), 1, fromWidth);
        int partHeight = Math.clamp(Math.round((double) fromWidth * height / width), 1, fromHeight);
        return new Framing((fromWidth - partWidth) / 2, (fromHeight - partHeight) / 2, partWidth, partHeight, width, height);
    }

    /** Whether pixels are computed anew. */
    public boolean scales() {
        return partWidth != width || partHeight != height;
    }

    /** Lanczos' filter, three lobes wide: sharp, and free of the jags of fewer samples. */
    public Picture apply(Picture picture) {
        return apply(picture, ResampleOp.FILTER_LANCZOS);
    }

    /** A mask is scaled without the overshoot of a sharp filter: what is far from any white stays black. */
    public Picture applyToMask(Picture mask) {
        return apply(mask, ResampleOp.FILTER_TRIANGLE);
    }

    private Picture apply(Picture picture, int filter) {
        BufferedImage part = picture.toImage().getSubimage(left, top, partWidth, partHeight);
        if (!scales()) {
            return Picture.fromImage(part);
        }
        return Picture.fromImage(new ResampleOp(width, height, filter).filter(part, null));
    }
}
