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
        float[] shares = repaint.get().repaint();
        float[] filled = new float[latent.length];
        for (int i = 0; i < filled.length; i++) {
            float share = shares[i / channels % shares.length];
            filled[i] = (1 - share) * latent[i] + (source.fill() == MaskFill.NOISE ? share * noise[i] : 0);
        }
        return filled;
    }

    /** Returns the sampler's latent where it is repainted, the source's at that noise level elsewhere. */
    float[] keep(StepListener.Step step, int channels) {
        if (repaint.isEmpty()) {
            return step.latent();
        }
        float[] kept = step.level().mix(latent, noise);
        float[] shares = repaint.get().repaint();
        float[] blended = new float[latent.length];
        for (int i = 0; i < blended.length; i++) {
            float share = shares[i / channels % shares.length];
            blended[i] = share * step.latent()[i] + (1 - share) * kept[i];
        }
        return blended;
    }

    Picture composite(Picture painted) {
        return source.mask().map(mask -> mask.composite(source.picture(), painted)).orElse(painted);
    }
}
