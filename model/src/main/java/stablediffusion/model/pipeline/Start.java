package stablediffusion.model.pipeline;

import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.sampler.StepListener;

import java.util.Optional;

/**
 * Holds a source on the scale of latents.
 *
 * @param latent latent of the source, once for each picture of the batch
 * @param noise noise that it is mixed with at the start, and its kept part at every step
 * @param repaint mask for each position of one picture's latent
 */
record Start(Source source, float[] latent, float[] noise, Optional<Mask> repaint) {

    /** Returns the latent that noise is added to: the source's, with what fills the mask where it is repainted. */
    float[] filled(int channels) {
        if (repaint.isEmpty() || source.fill() == MaskFill.ORIGINAL || source.fill() == MaskFill.SURROUNDINGS) {
            return latent;
        }
        return blend(source.fill() == MaskFill.NOISE ? noise : new float[latent.length], latent, repaint.get(), channels);
    }

    /** Returns the sampler's latent where it is repainted, the source's at that noise level elsewhere. */
    float[] keep(StepListener.Step step, int channels) {
        return repaint.map(mask -> blend(step.latent(), step.level().mix(latent, noise), mask, channels)).orElse(step.latent());
    }

    /** Takes from one latent where it is repainted, from the other elsewhere. */
    private static float[] blend(float[] repainted, float[] kept, Mask mask, int channels) {
        float[] shares = mask.repaint();
        float[] blended = new float[kept.length];
        for (int i = 0; i < blended.length; i++) {
            float share = shares[i / channels % shares.length];
            blended[i] = share * repainted[i] + (1 - share) * kept[i];
        }
        return blended;
    }

    Picture composite(Picture painted) {
        return source.mask().map(mask -> mask.composite(source.picture(), painted)).orElse(painted);
    }
}
