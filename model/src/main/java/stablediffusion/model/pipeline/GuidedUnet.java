package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.Unet;
import stablediffusion.model.sampler.EpsilonModel;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Predicts noise by the UNet with classifier-free guidance (Ho and Salimans, 2022), for one latent:
 * {@code unconditional + scale · (conditional - unconditional)}, both in one batch of two. At scale 1 the unconditional part has no
 * weight, and the batch is one.
 *
 * @param unet returns the UNet; called at every step, because the decoding of a preview between two steps may need the UNet's memory
 * @param context the unconditional and the conditional context, or at scale 1 the conditional alone
 */
record GuidedUnet(Supplier<Executable> unet, Shape latent, Tensor context, float scale) implements EpsilonModel {

    /** Returns the number of items in a batch at a guidance scale. */
    static int batch(float scale) {
        return scale == 1 ? 1 : 2;
    }

    @Override
    public float[] epsilon(float[] x, double timestep) {
        int batch = batch(scale);
        float[] inputs = new float[batch * x.length];
        for (int n = 0; n < batch; n++) {
            System.arraycopy(x, 0, inputs, n * x.length, x.length);
        }
        float[] timesteps = new float[batch];
        Arrays.fill(timesteps, (float) timestep);
        Shape shape = new Shape(batch, latent.height(), latent.width(), latent.channels());
        float[] outputs = unet.get().run(Map.of(
                Unet.LATENT, new Tensor(shape, inputs),
                Unet.TIMESTEPS, new Tensor(Shape.vector(batch, 1), timesteps),
                Unet.CONTEXT, context))
                .values();
        return batch == 1 ? outputs : guide(outputs, x.length);
    }

    private float[] guide(float[] outputs, int size) {
        float[] guided = new float[size];
        for (int i = 0; i < size; i++) {
            guided[i] = outputs[i] + scale * (outputs[size + i] - outputs[i]);
        }
        return guided;
    }
}
