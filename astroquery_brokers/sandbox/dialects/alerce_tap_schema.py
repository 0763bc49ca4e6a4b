# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables of ALeRCE's TAP service and their columns: name, ``*`` if indexed, type, unit.

Types: s i l are integers of 16, 32 and 64 bits, r d floats of 32 and 64, t text, b boolean, a array of text,
L text that is declared to be an integer of 64 bits.
"""

from ...gateway.tap.tables import Column

__all__ = ["TABLES"]

_TYPES = {"s": "short", "i": "int", "l": "long", "r": "float", "d": "double", "t": "char", "b": "boolean", "a": "array",
          "L": "long"}
_UCDS = {"meanra": "pos.eq.ra;meta.main", "meandec": "pos.eq.dec;meta.main", "ra": "pos.eq.ra", "dec": "pos.eq.dec"}

_TABLES = """
ztf.object = One row per object.
  oid*:t ndethist:i ncovhist:i mjdstarthist:d:d mjdendhist:d:d corrected:b stellar:b ndet:i g_r_max:r:mag
  g_r_max_corr:r:mag g_r_mean:r:mag g_r_mean_corr:r:mag meanra*:d:deg meandec*:d:deg sigmara:d:deg sigmadec:d:deg
  deltajd:d:d firstmjd*:d:d lastmjd:d:d step_id_corr:t diffpos:b reference_change:b
ztf.detection = One row per detection.
  candid*:l oid*:t mjd:d:d fid:i pid:d diffmaglim:r:mag isdiffpos:i nid:i ra:d:deg dec:d:deg magpsf:r:mag
  sigmapsf:r:mag magap:r:mag sigmagap:r:mag distnr:r:pix rb:r rbversion:t drb:r drbversion:t magapbig:r:mag
  sigmagapbig:r:mag rfid:i magpsf_corr:r:mag sigmapsf_corr:r:mag sigmapsf_corr_ext:r:mag corrected:b dubious:b
  parent_candid:l has_stamp:b step_id_corr:t
ztf.non_detection = Limiting magnitudes where nothing was detected.
  oid*:t fid:i mjd:d:d diffmaglim:r:mag
ztf.forced_photometry = Forced photometry that came with the alerts.
  pid*:l oid*:t mjd:d:d fid:i ra:d:deg dec:d:deg e_ra:r e_dec:r mag:r:mag e_mag:r:mag mag_corr:r:mag e_mag_corr:r:mag
  e_mag_corr_ext:r:mag isdiffpos:i corrected:b dubious:b parent_candid:t has_stamp:b field:i rcid:i rfid:l
  sciinpseeing:r:pix scibckgnd:r scisigpix:r magzpsci:r:mag magzpsciunc:r:mag magzpscirms:r:mag clrcoeff:r clrcounc:r
  exptime:r:s adpctdif1:r:arcsec adpctdif2:r:arcsec diffmaglim:r:mag programid:i procstatus:t distnr:r:arcsec
  ranr:d:deg decnr:d:deg magnr:r:mag sigmagnr:r:mag chinr:r sharpnr:r
ztf.magstat = Statistics of the magnitudes per object and band.
  oid*:t fid:i stellar:b corrected:b ndet:i ndubious:i dmdt_first:r dm_first:r sigmadm_first:r dt_first:r
  magmean:r:mag magmedian:r:mag magmax:r:mag magmin:r:mag magsigma:r:mag maglast:r:mag magfirst:r:mag
  magmean_corr:r:mag magmedian_corr:r:mag magmax_corr:r:mag magmin_corr:r:mag magsigma_corr:r:mag maglast_corr:r:mag
  magfirst_corr:r:mag firstmjd:d:d lastmjd:d:d saturation_rate:d step_id_corr:t
ztf.probability = Probabilities of classes; several versions of a classifier may have judged an object.
  oid*:t class_name:t classifier_name:t classifier_version:t probability:r ranking:i
ztf.feature = Features of the light curves.
  oid*:t name:t value:d fid:i version:t
ztf.feature_version = Versions of the features.
  version:t step_id_feature:t step_id_preprocess:t
ztf.taxonomy = Classes of the classifiers.
  classifier_name:t classifier_version:t classes:a
ztf.ss_ztf = Nearest object of the solar system, per alert. Empty in the sandbox.
  oid*:t candid:l ssdistnr:r:arcsec ssmagnr:r:mag ssnamenr:t
ztf.ps1_ztf = Nearest sources of Pan-STARRS, per alert. Empty in the sandbox.
  oid*:t candid:l objectidps1:d sgmag1:r:mag srmag1:r:mag simag1:r:mag szmag1:r:mag sgscore1:r distpsnr1:r:arcsec
  objectidps2:d sgmag2:r:mag srmag2:r:mag simag2:r:mag szmag2:r:mag sgscore2:r distpsnr2:r:arcsec objectidps3:d
  sgmag3:r:mag srmag3:r:mag simag3:r:mag szmag3:r:mag sgscore3:r distpsnr3:r:arcsec nmtchps:i unique1:b unique2:b
  unique3:b
ztf.gaia_ztf = Nearest source of Gaia, per alert. Empty in the sandbox.
  oid*:t candid:l neargaia:r:arcsec neargaiabright:r:arcsec maggaia:r:mag maggaiabright:r:mag unique1:b
ztf.reference = Nearest source of the reference image, per alert. Empty in the sandbox.
  oid*:t candid:l fid:i rcid:i field:i rfid:l magnr:r:mag sigmagnr:r:mag chinr:r sharpnr:r ranr:d:deg decnr:d:deg
  mjdstartref:d:d mjdendref:d:d nframesref:i
ztf.dataquality = Quality of the image, per alert. Empty in the sandbox.
  oid*:t candid:l fid:i xpos:r:pix ypos:r:pix chipsf:r sky:r fwhm:r classtar:r mindtoedge:r seeratio:r aimage:r
  bimage:r aimagerat:r bimagerat:r nneg:i nbad:i sumrat:r scorr:r dsnrms:r ssnrms:r magzpsci:r magzpsciunc:r
  magzpscirms:r nmatches:i clrcoeff:r clrcounc:r zpclrcov:r zpmed:r clrmed:r clrrms:r exptime:r
ztf.xmatch = Sources of outer catalogues at the positions of objects. Empty in the sandbox.
  oid*:t catid:t oid_catalog:t dist:d:arcsec class_catalog:t period:d:d
ztf.allwise = Sources of AllWISE. Empty in the sandbox.
  oid_catalog:t ra:d:deg dec:d:deg w1mpro:d:mag w2mpro:d:mag w3mpro:d:mag w4mpro:d:mag w1sigmpro:d:mag w2sigmpro:d:mag
  w3sigmpro:d:mag w4sigmpro:d:mag j_m_2mass:d:mag h_m_2mass:d:mag k_m_2mass:d:mag j_msig_2mass:d:mag
  h_msig_2mass:d:mag k_msig_2mass:d:mag
alerce_tap.object = Objects of all surveys, in their latest state; (oid, sid) is the key.
  oid*:l tid:s sid*:s meanra*:d:deg meandec*:d:deg sigmara:d:deg sigmadec:d:deg firstmjd*:d:d lastmjd*:d:d
  deltamjd:d:d n_det*:i n_forced:i n_non_det:i created_date:t updated_date:t
alerce_tap.detection = What detections of all surveys have in common; (oid, sid, measurement_id) is the key.
  oid*:l sid*:s measurement_id*:l mjd:d:d ra*:d:deg dec*:d:deg band:s created_date:t
alerce_tap.forced_photometry = What forced photometry of all surveys has in common.
  oid*:l sid*:s measurement_id*:l mjd:d:d ra*:d:deg dec*:d:deg band:s created_date:t
alerce_tap.lsst_detection = Detections by Rubin/LSST: the rest of the columns.
  oid*:l sid:s measurement_id*:l parentdiasourceid:l visit:l detector:i diaobjectid:l ssobjectid:l raerr:r:deg
  decerr:r:deg ra_dec_cov:r:deg**2 x:r:pix xerr:r:pix y:r:pix yerr:r:pix centroid_flag:b apflux:r apfluxerr:r
  apflux_flag:b apflux_flag_aperturetruncated:b isnegative:b snr:r psfflux:r psffluxerr:r psflnl:r psfchi2:r
  psfndata:i psfflux_flag:b psfflux_flag_edge:b psfflux_flag_nogoodpixels:b trailflux:r trailfluxerr:r trailra:d:deg
  trailraerr:r:deg traildec:d:deg traildecerr:r:deg traillength:r:arcsec traillengtherr:r:arcsec trailangle:r:deg
  trailangleerr:r:deg trailchi2:r trailndata:i trail_flag_edge:b dipolemeanflux:r dipolemeanfluxerr:r dipolefluxdiff:r
  dipolefluxdifferr:r dipolelength:r:arcsec dipoleangle:r:deg dipolechi2:r dipolendata:i scienceflux:r
  sciencefluxerr:r forced_psfflux_flag:b forced_psfflux_flag_edge:b forced_psfflux_flag_nogoodpixels:b templateflux:r
  templatefluxerr:r ixx:r:nJy.arcsec**2 iyy:r:nJy.arcsec**2 ixy:r:nJy.arcsec**2 ixxpsf:r:nJy.arcsec**2
  iyypsf:r:nJy.arcsec**2 ixypsf:r:nJy.arcsec**2 shape_flag:b shape_flag_no_pixels:b shape_flag_not_contained:b
  shape_flag_parent_source:b extendedness:r reliability:r isdipole:b dipolefitattempted:b timeprocessedmjdtai:d:d
  timewithdrawnmjdtai:d:d bboxsize:i:pix pixelflags:b pixelflags_bad:b pixelflags_cr:b pixelflags_crcenter:b
  pixelflags_edge:b pixelflags_nodata:b pixelflags_nodatacenter:b pixelflags_interpolated:b
  pixelflags_interpolatedcenter:b pixelflags_offimage:b pixelflags_saturated:b pixelflags_saturatedcenter:b
  pixelflags_suspect:b pixelflags_suspectcenter:b pixelflags_streak:b pixelflags_streakcenter:b pixelflags_injected:b
  pixelflags_injectedcenter:b pixelflags_injected_template:b pixelflags_injected_templatecenter:b glint_trail:b
  has_stamp:b created_date:t
alerce_tap.lsst_forced_photometry = Forced photometry by Rubin/LSST: the rest of the columns.
  oid*:l sid:s measurement_id*:l visit:l detector:i psfflux:r psffluxerr:r scienceflux:r sciencefluxerr:r
  timeprocessedmjdtai:d:d timewithdrawnmjdtai:d:d created_date:t
alerce_tap.lsst_dia_object = Statistics of Rubin/LSST's DIA objects.
  oid*:l validitystartmjdtai:d:d ra*:d:deg raerr:r:deg dec*:d:deg decerr:r:deg ra_dec_cov:r:deg**2 u_psffluxmean:r
  u_psffluxmeanerr:r u_psffluxsigma:r u_psffluxndata:i u_fpfluxmean:r u_fpfluxmeanerr:r g_psffluxmean:r
  g_psffluxmeanerr:r g_psffluxsigma:r g_psffluxndata:i g_fpfluxmean:r g_fpfluxmeanerr:r r_psffluxmean:r
  r_psffluxmeanerr:r r_psffluxsigma:r r_psffluxndata:i r_fpfluxmean:r r_fpfluxmeanerr:r i_psffluxmean:r
  i_psffluxmeanerr:r i_psffluxsigma:r i_psffluxndata:i i_fpfluxmean:r i_fpfluxmeanerr:r z_psffluxmean:r
  z_psffluxmeanerr:r z_psffluxsigma:r z_psffluxndata:i z_fpfluxmean:r z_fpfluxmeanerr:r y_psffluxmean:r
  y_psffluxmeanerr:r y_psffluxsigma:r y_psffluxndata:i y_fpfluxmean:r y_fpfluxmeanerr:r u_sciencefluxmean:r
  u_sciencefluxmeanerr:r g_sciencefluxmean:r g_sciencefluxmeanerr:r r_sciencefluxmean:r r_sciencefluxmeanerr:r
  i_sciencefluxmean:r i_sciencefluxmeanerr:r z_sciencefluxmean:r z_sciencefluxmeanerr:r y_sciencefluxmean:r
  y_sciencefluxmeanerr:r u_psffluxmin:r u_psffluxmax:r u_psffluxmaxslope:r:nJy/d u_psffluxerrmean:r g_psffluxmin:r
  g_psffluxmax:r g_psffluxmaxslope:r:nJy/d g_psffluxerrmean:r r_psffluxmin:r r_psffluxmax:r r_psffluxmaxslope:r:nJy/d
  r_psffluxerrmean:r i_psffluxmin:r i_psffluxmax:r i_psffluxmaxslope:r:nJy/d i_psffluxerrmean:r z_psffluxmin:r
  z_psffluxmax:r z_psffluxmaxslope:r:nJy/d z_psffluxerrmean:r y_psffluxmin:r y_psffluxmax:r y_psffluxmaxslope:r:nJy/d
  y_psffluxerrmean:r firstdiasourcemjdtai:d:d lastdiasourcemjdtai:d:d ndiasources:i created_date:t
alerce_tap.probability = Probabilities of classes, by number of class and classifier.
  class_id*:s oid*:l sid*:s classifier_id*:s classifier_version*:s probability*:r ranking*:s lastmjd:d:d
alerce_tap.classifier = Classifiers by number.
  classifier_id:s classifier_name:t classifier_version:t tid:s created_date:t
alerce_tap.taxonomy = Classes of the classifiers by number.
  class_id:s class_name:t taxonomy_order:s classifier_id:s created_date:t
alerce_tap.sid_lut = Surveys by number.
  sid:s tid:s survey_name:t
alerce_tap.band = Bands of the surveys by number.
  sid:s tid:s band:s band_name:t band_order:s
alerce_tap.xmatch = Objects and their sources in outer catalogues.
  oid*:l sid*:s catid*:s dist:r:arcsec oid_catalog:t created_date:t updated_date:t
alerce_tap.catalog_id_lut = Outer catalogues by number.
  catid:s catalog_name:t
alerce_tap.allwise = Sources of AllWISE. Empty in the sandbox.
  oid_catalog:t ra:d:deg dec:d:deg w1mpro:d:mag w2mpro:d:mag w3mpro:d:mag w4mpro:d:mag w1sigmpro:d:mag w2sigmpro:d:mag
  w3sigmpro:d:mag w4sigmpro:d:mag j_m_2mass:d:mag j_msig_2mass:d:mag h_m_2mass:d:mag h_msig_2mass:d:mag k_m_2mass:d:mag
  k_msig_2mass:d:mag
alerce_tap.gaiadr3_source = Sources of Gaia DR3.
  oid_catalog*:L ra:d:deg ra_error:d:mas dec:d:deg dec_error:d:mas parallax:d:mas parallax_error:d:mas pm:r:mas/yr
  pmra:d:mas/yr pmra_error:d:mas/yr pmdec:d:mas/yr pmdec_error:d:mas/yr astrometric_excess_noise:d:mas
  astrometric_excess_noise_sig:d ruwe:r phot_g_n_obs:i phot_g_mean_flux_over_error:r phot_g_mean_mag:r:mag
  phot_bp_n_obs:i phot_bp_mean_flux_over_error:r phot_bp_mean_mag:r:mag phot_rp_n_obs:i phot_rp_mean_flux_over_error:r
  phot_rp_mean_mag:r:mag phot_bp_rp_excess_factor:r phot_proc_mode:i bp_rp:r:mag bp_g:r:mag g_rp:r:mag
  radial_velocity:d:km/s radial_velocity_error:d:km/s rv_method_used:i phot_variable_flag:t in_qso_candidates:i
  in_galaxy_candidates:i non_single_star:i has_epoch_photometry:i classprob_dsc_combmod_quasar:r
  classprob_dsc_combmod_galaxy:r classprob_dsc_combmod_star:r teff_gspphot:r:K teff_gspphot_lower:r:K
  teff_gspphot_upper:r:K logg_gspphot:r:log(cm/s**2) logg_gspphot_lower:r:log(cm/s**2) logg_gspphot_upper:r:log(cm/s**2)
  mh_gspphot:r:dex mh_gspphot_lower:r:dex mh_gspphot_upper:r:dex distance_gspphot:r:pc distance_gspphot_lower:r:pc
  distance_gspphot_upper:r:pc
"""


def _column(text):
    name, kind, unit = (text.split(":") + [""])[:3]
    plain = name.rstrip("*")
    return Column(plain, _TYPES[kind], unit, _UCDS.get(plain, ""), plain.replace("_", " "), indexed=name != plain,
                  principal=True, stored="char" if kind == "L" else "")


def _tables():
    for block in _TABLES.replace("\n  ", "\t").strip().splitlines():
        head, *lines = block.split("\t")
        name, _, description = head.partition(" = ")
        yield name, (description, tuple(map(_column, " ".join(lines).split())))


#: Description and columns by name.
TABLES = dict(_tables())
