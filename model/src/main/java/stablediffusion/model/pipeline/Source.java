package stablediffusion.model.pipeline;

import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;

import java.util.Optional;

/**
 * A picture to start from (image to image), and what of it to repaint (inpainting).
 *
 * @param picture of the size asked for
 * @param strength above 0, at most 1: how much may change; the share of the steps that are taken
 * @param mask of the same size; empty: all of it
 */
public record Source(Picture picture, double strength, Optional<Mask> mask) {
    /** The original img2img.py's. */
    public static final double DEFAULT_STRENGTH = 0.75;
}
