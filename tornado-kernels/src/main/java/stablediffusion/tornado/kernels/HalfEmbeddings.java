package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes embeddings with activations and tables in fp16. Timesteps and ids come as 32-bit numbers: fp16 counts to 2048 only. Grid of each: one work-item for each element of the output, in one dimension, rounded up to whole work-groups.
 */
public final class HalfEmbeddings {
    private HalfEmbeddings() {}

    /**
     * Embeds timesteps [batch] in output [batch, channels]: the cosines of timestep · frequency, then the sines.
     *
     * <p>The angle reaches 1000, where a GPU's fast sine is inexact, so multiples of 2π are subtracted first. 2π is split into two
     * summands, so that the product of the first and the number of turns is exact.
     *
     * @param offsets element offsets of the frequencies [channels / 2] in the vectors, and of the output
     */
    public static void timestep(
            KernelContext context, FloatArray inputs, HalfFloatArray arena, FloatArray vectors, IntArray offsets, int channels, int size) {
        int frequencies = offsets.get(0);
        int output = offsets.get(1);
        int i = context.globalIdx;
        if (i < size) {
            int column = i % channels;
            int frequency = column % (channels / 2);
            float angle = inputs.get(i / channels) * vectors.get(frequencies + frequency);
            float turns = TornadoMath.floor(angle * 0.15915494f + 0.5f);
            float rest = angle - turns * 6.28125f - turns * 0.0019353072f;
            float value = column < channels / 2 ? TornadoMath.cos(rest) : TornadoMath.sin(rest);
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /**
     * Embeds ids [batch, length], whole numbers stored as floats, in output [batch, length, channels]: a row of tokens [.., channels] plus a
     * row of positions [length, channels].
     */
    public static void token(
            KernelContext context,
            FloatArray inputs,
            HalfFloatArray arena,
            HalfFloatArray weights,
            IntArray offsets,
            int length,
            int channels,
            int size) {
        int tokens = offsets.get(0);
        int positions = offsets.get(1);
        int output = offsets.get(2);
        int i = context.globalIdx;
        if (i < size) {
            int row = i / channels;
            int column = i % channels;
            int id = (int) inputs.get(row);
            float token = weights.get(tokens + id * channels + column).getFloat32();
            float value = token + weights.get(positions + row % length * channels + column).getFloat32();
            arena.set(output + i, new HalfFloat(value));
        }
    }
}
