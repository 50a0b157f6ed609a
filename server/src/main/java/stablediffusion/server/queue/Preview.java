package stablediffusion.server.queue;

import java.awt.image.BufferedImage;

/**
 * Holds the picture that a denoising step predicts.
 *
 * @param number counts the previews of a job, from 1
 * @param index of the picture in the job, from 0
 */
public record Preview(int number, int index, BufferedImage image) {}
