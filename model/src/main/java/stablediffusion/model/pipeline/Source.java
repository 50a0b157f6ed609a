package stablediffusion.model.pipeline;

import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.Surroundings;

import java.util.Optional;

/**
 * Holds a picture to start from (image to image), and the part of it that is repainted (inpainting).
 *
 * @param picture picture of the requested size
 * @param strength above 0, at most 1: how much may change; the share of the steps that are taken
 * @param mask mask of the same size; empty: all is repainted
 * @param fill what is under the mask at first
 */
public record Source(Picture picture, double strength, Optional<Mask> mask, MaskFill fill) {
    /** The original img2img.py's. */
    public static final double DEFAULT_STRENGTH = 0.75;

    /** Makes a source under whose mask the picture itself is at first. */
    public Source(Picture picture, double strength, Optional<Mask> mask) {
        this(picture, strength, mask, MaskFill.ORIGINAL);
    }

    /** Returns the picture that is encoded. As in the web UI, colours fill the mask where the latent is replaced afterwards, too. */
    Picture filled() {
        return fill == MaskFill.ORIGINAL ? picture : mask.map(holes -> Surroundings.fill(picture, holes)).orElse(picture);
    }
}
