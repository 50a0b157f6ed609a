package stablediffusion.model.pipeline;

import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;

import java.util.Optional;

/**
 * Holds a picture to start from (image to image), and the part of it that is repainted (inpainting).
 *
 * @param picture picture of the requested size
 * @param strength above 0, at most 1: how much may change; the share of the steps that are taken
 * @param mask mask of the same size; empty: all is repainted
 */
public record Source(Picture picture, double strength, Optional<Mask> mask) {
    /** The original img2img.py's. */
    public static final double DEFAULT_STRENGTH = 0.75;
}
