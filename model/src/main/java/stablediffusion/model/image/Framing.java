package stablediffusion.model.image;

import com.twelvemonkeys.image.ResampleOp;

import java.awt.image.BufferedImage;

/**
 * Brings pictures of one size to another without distortion: cuts the largest part of the wanted shape from the middle, then scales it.
 *
 * @param left left edge of the part, in pixels of the original
 * @param top top edge of the part, in pixels of the original
 * @param partWidth width of the part, in pixels of the original
 * @param partHeight height of the part, in pixels of the original
 * @param width width of the result, in pixels
 * @param height height of the result, in pixels
 */
public record Framing(int left, int top, int partWidth, int partHeight, int width, int height) {

    /** Computes the framing from one size to another. */
    public static Framing of(int fromWidth, int fromHeight, int width, int height) {
        int partWidth = Math.clamp(Math.round((double) fromHeight * width / height), 1, fromWidth);
        int partHeight = Math.clamp(Math.round((double) fromWidth * height / width), 1, fromHeight);
        return new Framing((fromWidth - partWidth) / 2, (fromHeight - partHeight) / 2, partWidth, partHeight, width, height);
    }

    /** Returns whether the part is scaled. */
    public boolean scales() {
        return partWidth != width || partHeight != height;
    }

    /** Cuts and scales a picture, by Lanczos' filter with three lobes: sharp, and without jagged edges. */
    public Picture apply(Picture picture) {
        return apply(picture, ResampleOp.FILTER_LANCZOS);
    }

    /** Cuts and scales a mask, by a filter without the overshoot of a sharp one: pixels far from any white stay black. */
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
