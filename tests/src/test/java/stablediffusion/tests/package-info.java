/** Tests what needs several modules: networks, samplers and whole pictures against reference values, and one engine against another. */
package stablediffusion.tests;
